import { basename } from "node:path";
import { findInEntry, type Held, type Manifest, type Reference } from "./operatorResource.ts";
import { type Candidate, type Machine, type Source } from "./place.ts";
import { valueOrMissing } from "./standIn.ts";
import { findInManifest } from "./vmagent.ts";
import { entriesOf, parseYaml, valueAt } from "./yaml.ts";

/** Values of the charts that bring a sender. */
export const helm: Source = {
    name: "helm",
    description:
        "Looks in a Helm values file: kube-prometheus-stack, prometheus, victoria-metrics-agent, also as a subchart.",
    argument: ["<file>", "the values file, or what helm get values --all printed"],
    options: [
        ["--namespace <name>", "of the release: where the Secrets are that the values refer to"],
    ],
    find: async ([path = ""], { namespace = "<namespace>" }, machine) => {
        const found: Candidate[] = [];
        for (const content of parseYaml(machine.readFile(path).text, path, { isLastKept: true })) {
            if (typeof content === "string" && content !== "") {
                throw new Error(`${path} holds no values: give the values file of a release`);
            }
            const secrets = findSecrets(content);
            const resolve = (reference: Reference) => lookUp(reference, secrets, namespace);
            found.push(...(await walk(content, "", { file: basename(path), machine, resolve })));
        }
        return found;
    },
};

const ADVICE =
    "it is in the values file, its history and the release's Secret in the cluster: rotate, and refer to a Secret";

interface Values {
    readonly file: string;
    readonly machine: Machine;
    readonly resolve: Manifest["resolve"];
}

const LISTS = ["remoteWrite", "additionalRemoteWrite", "remote_write"];

/** Every `remoteWrite` list and vmagent's `extraArgs`, wherever a parent chart nests them. */
async function walk(content: unknown, path: string, values: Values): Promise<Candidate[]> {
    const found: Candidate[] = [];
    for (const [key, value] of entriesOf(content)) {
        const at = path === "" ? key : `${path}.${key}`;
        if (LISTS.includes(key)) found.push(...(await findInList(value, at, values)));
        else if (key === "extraArgs") found.push(...findInFlags(value, at, values));
        else found.push(...(await walk(value, at, values)));
    }
    return found;
}

async function findInList(list: unknown, at: string, values: Values): Promise<Candidate[]> {
    const found: Candidate[] = [];
    for (const [index, entry] of (Array.isArray(list) ? list : []).entries()) {
        found.push(
            ...(await findInEntry(entry, {
                ...values,
                advice: ADVICE,
                place: (setting) => `${values.file}: ${at}[${index}].${setting}`,
            })),
        );
    }
    return found;
}

/** `extraArgs: { remoteWrite.basicAuth.password: x }`: flags without their dash. */
function findInFlags(flags: unknown, at: string, { file, machine }: Values): Candidate[] {
    const words = entriesOf(flags).flatMap(([flag, value]) =>
        (Array.isArray(value) ? (value as unknown[]) : [value])
            .filter((one) => typeof one === "string")
            .map((one) => `-${flag.replace(/^-+/, "")}=${one}`),
    );
    const site = { text: "", name: file, directory: "/", machine, advice: ADVICE };
    return findInManifest(words, site, at).map((found) =>
        found.plaintext ? { ...found, advice: ADVICE } : found,
    );
}

/**
 * The Secrets that the values make, by name: `extraSecret` and `extraManifests`, `extraObjects`,
 * `extraDeploy`.
 */
function findSecrets(content: unknown): Map<string, Record<string, string>> {
    const secrets = new Map<string, Record<string, string>>();
    const visit = (value: unknown, key: string) => {
        if (typeof value === "string" && /^kind:\s*["']?Secret\b/m.test(value)) {
            for (const one of parseTemplate(value)) visit(one, "");
        }
        const name = valueAt(value, "metadata", "name") ?? valueAt(value, "name");
        if (typeof name === "string" && key === "extraSecret") {
            secrets.set(name, textsOf(valueAt(value, "data"))); // the chart encodes it
        }
        if (typeof name === "string" && valueAt(value, "kind") === "Secret") {
            const data = Object.entries(textsOf(valueAt(value, "data")));
            const decoded = data.map(([one, text]) => [
                one,
                Buffer.from(text, "base64").toString(),
            ]);
            const plain = textsOf(valueAt(value, "stringData"));
            secrets.set(name, { ...Object.fromEntries(decoded), ...plain } as Record<
                string,
                string
            >);
        }
        if (Array.isArray(value)) for (const one of value) visit(one, "");
        else for (const [one, below] of entriesOf(value)) visit(below, one);
    };
    visit(content, "");
    return secrets;
}

/** A manifest given as text is a template, which need not be YAML before it is rendered. */
function parseTemplate(text: string): unknown[] {
    try {
        return parseYaml(text, "");
    } catch {
        return [];
    }
}

function textsOf(data: unknown): Record<string, string> {
    return Object.fromEntries(
        entriesOf(data).filter((one): one is [string, string] => typeof one[1] === "string"),
    );
}

function lookUp(
    { name, key }: Reference,
    secrets: ReadonlyMap<string, Readonly<Record<string, string>>>,
    namespace: string,
): Held {
    const text = secrets.get(name)?.[key];
    if (text !== undefined) return { ...valueOrMissing(text), plaintext: true, advice: ADVICE };
    const command = `npm run extract -- kubernetes ${namespace}/${name}:${key}`;
    return { missing: `it is in the Secret ${name}, key ${key}: ${command}`, plaintext: false };
}
