import type { StackValidationPolicy } from "@pulumi/policy";
import { formsOf } from "../text/forms.ts";
import { describe, PASSWORD, read, type Resource, SECRET, textsOf } from "./stackResources.ts";

/** What may hold credentials, as the state encrypts it, or the service it is written to. */
const HOME =
    /^(pulumi:|random:|prometheus-write-secret:|(aws:secretsmanager\/secretVersion:SecretVersion|grafana:cloud\/accessPolicyToken:AccessPolicyToken)$)/;

/** A shorter text would be found by chance; a user's name is shorter. */
const SHORTEST = 20;

/** Nothing that was made as a password, and nothing that a Secret holds, is anywhere else. */
export const credentialsInSecretsAlone: StackValidationPolicy = {
    name: "credentials-in-secrets-alone",
    description: "A credential is in Secrets alone: in no ConfigMap, argument, annotation or file.",
    enforcementLevel: "mandatory",
    validateStack: ({ resources }, report) => {
        const known = knownCredentials(resources);
        for (const resource of resources) {
            for (const { what, path, form } of findIn(resource, known)) {
                report(
                    `${describe(resource)} holds ${what}, as ${form}, in ${path}: whoever can read that has the ` +
                        "credential. Have it read from a Secret, and rotate: npm run rotate",
                    resource.urn,
                );
            }
        }
    },
};

/** What to call each credential, by its value. */
function knownCredentials(resources: readonly Resource[]): ReadonlyMap<string, string> {
    const made = resources
        .filter(({ type }) => type === PASSWORD)
        .flatMap((resource) => {
            const value = read(resource.props, "result");
            return typeof value === "string" ? [[value, describe(resource)] as const] : [];
        });
    const kept = resources.filter(({ type }) => type === SECRET).flatMap(credentialsOf);
    return new Map([...kept, ...made].filter(([value]) => isCredential(value)));
}

function credentialsOf(secret: Resource): (readonly [value: string, what: string])[] {
    const named = (key: string) => `${key} of ${describe(secret)}`;
    const encoded = [...textsOf(read(secret.props, "data"))];
    return [
        ...encoded.map(
            ([key, text]) => [Buffer.from(text, "base64").toString(), named(key)] as const,
        ),
        ...[...textsOf(read(secret.props, "stringData"))].map(
            ([key, text]) => [text, named(key)] as const,
        ),
    ];
}

/** A word of some length: neither a configuration, nor an address. */
function isCredential(value: string): boolean {
    return value.length >= SHORTEST && !/[\s\0]/.test(value) && !URL.canParse(value);
}

function* findIn(resource: Resource, known: ReadonlyMap<string, string>) {
    if (HOME.test(resource.type)) return;
    const own = resource.type === SECRET ? /^(data|stringData)\./ : /^$/;
    const texts = [...textsOf(resource.props)].filter(([path]) => !own.test(path));
    for (const [value, what] of known) {
        const forms = [...formsOf(value)];
        for (const [path, text] of texts) {
            const found = forms.find(([form]) => text.includes(form));
            if (found) yield { what, path, form: found[1] };
        }
    }
}
