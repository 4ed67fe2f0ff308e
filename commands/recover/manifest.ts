import { parseAllDocuments, stringify } from "yaml";
import * as z from "zod";
import type { Generation } from "../../rotation/generation.ts";
import { annotate, parseAnnotations } from "../../holders/kubernetesSecret.ts";

// Part of a path, so nothing else may be in it
const name = z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
const fileName = z.string().regex(/^(?!\.+$)[-._a-zA-Z0-9]+$/);

const secretSchema = z.looseObject({
    apiVersion: z.literal("v1"),
    kind: z.literal("Secret"),
    metadata: z.looseObject({
        name,
        namespace: name,
        annotations: z.record(z.string(), z.string()),
    }),
    type: z.literal("Opaque"),
    stringData: z.record(fileName, z.string()),
});

interface User {
    readonly name: string;
    readonly username?: string | undefined;
    readonly bearer_token?: string | undefined;
    readonly password?: string | undefined;
}

/** As `renderVmauth` writes it: with a bearer token, or with username and password. */
const user = z
    .looseObject({
        name: z.string(),
        bearer_token: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
    })
    .refine((one) => valueOf(one) !== undefined);

const vmauthSchema = z.looseObject({ users: z.array(user).min(1) });

type Secret = z.infer<typeof secretSchema>;

/** What a mirror's file holds once it is open. Secret. */
export interface Recovered {
    /** The generations receivers accept; senders get the first. */
    readonly accepted: readonly Generation[];
    /**
     * What goes with each of them in basic authentication; undefined where they are bearer tokens.
     */
    readonly username: string | undefined;
    /** The Kubernetes Secrets of all senders and receivers. */
    readonly secrets: readonly Secret[];
}

/**
 * Reads what `renderManifest` wrote, and has senders get the generation named, else the one it
 * gives them.
 *
 * After going back the file still gives senders the generation they went back from, so the record
 * decides. Throws a one-line error, without anything of the text, when it is no such manifest or
 * holds no such generation.
 */
export function parseManifest(text: string, generation?: string): Recovered {
    const secrets = parseSecrets(text);
    const users = secrets.flatMap((secret) => usersOf(secret));
    const values = new Map(users.map((one) => [one.name, valueOf(one) ?? ""]));
    const labels = parseAnnotations(secrets[0]?.metadata.annotations)?.accepted ?? [
        ...values.keys(),
    ];
    const current = generation ?? labels[0] ?? "";
    if (!values.has(current)) {
        throw new Error(
            `the sealed file holds no generation ${current}: it holds ${[...values.keys()].join(", ") || "none"}`,
        );
    }
    const order = [...new Set([current, ...labels])].filter((label) => values.has(label));
    const accepted = order.map((label) => ({ label, value: values.get(label) ?? "" }));
    const former = values.get(labels[0] ?? "");
    const [username] = users.flatMap((one) => one.username ?? []);
    const given = secrets.map((secret) => give(secret, former, accepted));
    return { accepted, username, secrets: given };
}

/** The manifest as `kubectl apply` takes it. */
export function renderRecovered({ secrets }: Recovered): string {
    return secrets.map((secret) => stringify(secret, { lineWidth: 0 })).join("---\n");
}

function parseSecrets(text: string): readonly Secret[] {
    const documents = parseAllDocuments(text);
    if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) {
        throw new Error("what was sealed is no manifest of this program: it is not YAML");
    }
    const parsed = documents.map((document) => secretSchema.safeParse(document.toJS()));
    return parsed.map(({ data }) => {
        if (data !== undefined) return data;
        throw new Error("what was sealed is no manifest of this program: it is not Secrets alone");
    });
}

function usersOf({ stringData }: Secret): readonly User[] {
    const text = stringData["auth.yml"];
    return text === undefined ? [] : readVmauth(text).users;
}

function valueOf(one: User): string | undefined {
    return one.username === undefined ? one.bearer_token : one.password;
}

function readVmauth(text: string): z.infer<typeof vmauthSchema> {
    const [document] = parseAllDocuments(text);
    // Its errors are not shown: they quote the text.
    const parsed = vmauthSchema.safeParse(document?.errors.length === 0 ? document.toJS() : {});
    if (parsed.success) return parsed.data;
    throw new Error("what was sealed is no manifest of this program: its auth.yml names no users");
}

/**
 * The Secret with the first generation where the former first one was, and all of them in their
 * order.
 */
function give(secret: Secret, former: string | undefined, accepted: readonly Generation[]): Secret {
    const files = Object.entries(secret.stringData).map(([file, text]) => {
        if (file === "auth.yml") return [file, reorder(text, accepted)] as const;
        return [file, text === former ? (accepted[0]?.value ?? "") : text] as const;
    });
    const { metadata } = secret;
    const annotations = {
        ...metadata.annotations,
        ...annotate({ accepted: accepted.map(({ label }) => label), revision: 0 }),
    };
    return {
        ...secret,
        metadata: { ...metadata, annotations },
        stringData: Object.fromEntries(files),
    };
}

function reorder(text: string, accepted: readonly Generation[]): string {
    const { users, ...rest } = readVmauth(text);
    const ordered = accepted.flatMap(({ label }) => users.filter((user) => user.name === label));
    return stringify({ ...rest, users: ordered }, { lineWidth: 0 });
}
