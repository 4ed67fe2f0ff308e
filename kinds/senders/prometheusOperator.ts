import { posix } from "node:path";
import * as z from "zod";
import { attempt } from "../../settings/attempt.ts";
import type { Login } from "../../settings/schema.ts";
import type { SenderSettings } from "../../settings/settings.ts";
import { kubernetesName } from "../../settings/terms.ts";
import type { Reader, SenderKind, Target } from "../senderKind.ts";
import { TOKEN } from "./mountedFiles.ts";
import { valueIn } from "./remoteWrite.ts";
import { snippet } from "./snippet.ts";
import { unconfigured } from "./unconfigured.ts";

/** A Prometheus of the operator, whose resource somebody else owns, such as a chart. */
export interface OperatorSettings extends SenderSettings {
    readonly resource: { readonly kind: keyof typeof PLURALS; readonly name: string };
    /** Whether it refers to keys of the Secret, or to a file of it, which needs no reload. */
    readonly by: "key" | "file";
}

const PLURALS = { Prometheus: "prometheuses", PrometheusAgent: "prometheusagents" } as const;
const VERSIONS = { Prometheus: "v1", PrometheusAgent: "v1alpha1" } as const;

const settings = z
    .strictObject({
        resource: z
            .strictObject({
                kind: z
                    .enum(["Prometheus", "PrometheusAgent"])
                    .default("Prometheus")
                    .describe("What it is."),
                name: kubernetesName.describe("Its name, in the sender's namespace."),
            })
            .describe(
                "Whose `remoteWrite` refers to the Secret. It is read in previews, and not written.",
            ),
        by: z
            .enum(["key", "file"])
            .default("file")
            .describe(
                "`file`: by `credentialsFile`, read at every request; bearer tokens alone. `key`: by keys of the " +
                    "Secret, which the operator copies into a configuration that is loaded again: minutes later.",
            ),
    })
    .describe(
        "A Prometheus or PrometheusAgent of the Prometheus Operator, also in kube-prometheus-stack, which refers to " +
            "the Secret: `npm run kinds -- prometheus-operator` prints how. Nothing of its own is written.",
    );

const [USERNAME, PASSWORD] = ["username", "password"];

/**
 * A Prometheus whose operator (0.93) copies what keys hold into its configuration, or mounts the
 * Secret. Another password there restarts no queue; another username does, and loses what is not
 * pushed yet.
 */
export const prometheusOperator: SenderKind<OperatorSettings, z.infer<typeof settings>> = {
    settings,
    example: ({ username }) => ({
        resource: { name: "k8s" },
        ...(username !== undefined && { by: "key" }),
    }),
    complete: ({ resource, by }, { key, login }) => {
        attempt(key, () => {
            refuseLogin(login, by);
        });
        return { resource, by };
    },
    ...unconfigured,
    // Operator, kubelet and reloader one after the other: 2 min, and 5 before 0.91.
    uptake: ({ by }) => ({ withinSeconds: by === "file" ? 90 : 300, rereads: true }),
    credential: (_sender, { username }, { value }) =>
        username === undefined ? { [TOKEN]: value } : { [USERNAME]: username, [PASSWORD]: value },
    valueIn: (_sender, files) => (files[PASSWORD] ?? files[TOKEN])?.trim(),
    facts: {
        reads: "keys of the Secret that its resource refers to, or a mounted file at every request",
        inGap: "drops what is answered 401 or 403",
        tested: "nothing but its resource",
    },
    snippets: (sender, target) => [
        snippet("Values of kube-prometheus-stack", {
            prometheus: { prometheusSpec: specOf(sender, target) },
        }),
        snippet(`A ${sender.resource.kind} of your own`, { spec: specOf(sender, target) }),
    ],
    reader: (sender, target): Reader => {
        const { kind, name } = sender.resource;
        return {
            title: `${kind} ${sender.namespace}/${name}`,
            group: "monitoring.coreos.com",
            version: VERSIONS[kind],
            plural: PLURALS[kind],
            name,
            missing: (resource) => missingIn(resource, sender, target),
        };
    },
};

function refuseLogin({ username, usernames }: Login, by: OperatorSettings["by"]): void {
    if (usernames === "generation") {
        throw new Error(
            "the operator writes usernames into the configuration, where another one restarts the queue and loses what is " +
                "not pushed yet: take a receiver with one username for all generations, such as vmauth or nginx",
        );
    }
    if (username !== undefined && by === "file") {
        throw new Error("the operator reads no password from a file: set by: key");
    }
}

function specOf({ secret, by }: OperatorSettings, { name, url, username }: Target): object {
    const refer = (key: string) => ({ name: secret, key });
    if (username !== undefined) {
        const basicAuth = { username: refer(USERNAME), password: refer(PASSWORD) };
        return { remoteWrite: [{ name, url, basicAuth }] };
    }
    const authorization =
        by === "file"
            ? { type: "Bearer", credentialsFile: mounted(secret) }
            : { type: "Bearer", credentials: refer(TOKEN) };
    return {
        ...(by === "file" && { secrets: [secret] }),
        remoteWrite: [{ name, url, authorization }],
    };
}

/** Where the operator mounts what `secrets` lists. */
function mounted(secret: string): string {
    return posix.join("/etc/prometheus/secrets", secret, TOKEN);
}

/** What a resource does not refer to yet, in words; undefined where it has all. */
function missingIn(
    resource: unknown,
    sender: OperatorSettings,
    target: Target,
): string | undefined {
    const spec = valueIn(resource, "spec");
    const entries = valueIn(spec, "remoteWrite");
    const ours = (Array.isArray(entries) ? (entries as readonly unknown[]) : []).find(
        (entry) => valueIn(entry, "url") === target.url,
    );
    if (ours === undefined) return `has no remoteWrite to ${target.url}`;
    const wanted = specOf(sender, target) as {
        readonly secrets?: readonly string[];
        readonly remoteWrite: readonly object[];
    };
    const mounts = valueIn(spec, "secrets");
    if (wanted.secrets && !(Array.isArray(mounts) && mounts.includes(sender.secret))) {
        return `does not list ${sender.secret} in secrets`;
    }
    const key = target.username === undefined ? "authorization" : "basicAuth";
    return includes(valueIn(ours, key), valueIn(wanted.remoteWrite[0], key))
        ? undefined
        : `does not refer to Secret ${sender.secret} in the ${key} of its remoteWrite to ${target.url}`;
}

/** Whether all that is wanted is there; a type is Bearer unless told. */
function includes(found: unknown, wanted: unknown): boolean {
    if (typeof wanted !== "object" || wanted === null) return found === wanted;
    return Object.entries(wanted).every(([key, value]) =>
        includes(valueIn(found, key) ?? (key === "type" ? "Bearer" : undefined), value),
    );
}
