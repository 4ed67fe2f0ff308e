import * as z from "zod";
import { isLabel } from "./generation.ts";
import { renderPrometheus } from "./prometheus.ts";
import { recipientFault } from "./seal.ts";

/** RFC 1123, as https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ asks of namespaces. */
const kubernetesName = z
    .string()
    .max(63)
    .regex(
        /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
        "must be lower-case letters, digits and inner dashes",
    );

const httpUrl = z
    .url({ protocol: /^https?$/, error: "must be an http or https URL" })
    .refine((url) => !URL.canParse(url) || (!new URL(url).username && !new URL(url).password), {
        error: "must not hold a user or password: the credential is what this program makes",
    });

const label = z.string().refine(isLabel, {
    error: 'must be 1 to 40 letters and digits, with ".", "_" and "-" inside, and quoted in YAML, such as "2026-11-21"',
});

const recipient = z.string().superRefine((text, context) => {
    const fault = recipientFault(text);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
});

const relativePath = z
    .string()
    .regex(
        /^(?!\/)(?!.*\/\/)(?!(.*\/)?\.{1,2}(\/|$))\S+(?<!\/)$/,
        "must be a path inside the repository",
    );

const mirrorSchema = z.strictObject({
    owner: z.string().regex(/^[A-Za-z0-9-]{1,39}$/, "must be a GitHub user or organisation"),
    repository: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,100}$/, "must be the name of a GitHub repository"),
    path: relativePath.optional(),
    branch: z.string().min(1).default("main"),
    create: z.boolean().default(true),
});

const receiverSchema = z.strictObject({
    name: kubernetesName,
    kind: z.literal("vmauth"),
    namespace: kubernetesName,
    secret: kubernetesName.optional(),
    url: httpUrl,
    upstream: httpUrl,
    probeUrls: z.array(httpUrl).min(1, "must list one URL at least").optional(),
});

const senderSchema = z.strictObject({
    name: kubernetesName,
    kind: z.literal("prometheus"),
    namespace: kubernetesName,
    secret: kubernetesName.optional(),
    configMap: kubernetesName.optional(),
    receiver: kubernetesName.optional(),
    configuration: z.string().min(1),
    credentialsFile: z.string().min(1).default("/etc/prometheus/write-credential/token"),
});

const schema = z.strictObject({
    rotation: label,
    length: z.int().min(32).max(72).default(48),
    recipients: z.array(recipient).min(1, "must name one recipient at least"),
    mirror: mirrorSchema,
    receivers: z.array(receiverSchema).min(1, "must list one receiver at least"),
    senders: z.array(senderSchema).min(1, "must list one sender at least"),
    projectionLimitSeconds: z.int().min(1).max(3600).default(300),
});

/** The private repository that holds the encrypted copy. */
export interface MirrorSettings {
    /** The GitHub user or organisation. */
    readonly owner: string;
    readonly repository: string;
    /** The sealed file in the repository. `<stack>.yaml.age` unless configured. */
    readonly path: string;
    /** The branch written to. `main` unless configured. */
    readonly branch: string;
    /** Whether this program makes the repository; else it uses one that exists. True unless configured. */
    readonly create: boolean;
}

/** What authenticates the push. */
export interface ReceiverSettings {
    readonly name: string;
    readonly kind: "vmauth";
    readonly namespace: string;
    /** The Secret with `auth.yml`. `<name>-auth` unless configured. */
    readonly secret: string;
    /** Where senders push. */
    readonly url: string;
    /** Where the receiver passes pushes on to; the path of `url` is appended. */
    readonly upstream: string;
    /** Where the gate proves a credential, such as one URL a replica. `[url]` unless configured. */
    readonly probeUrls: readonly string[];
}

/** What pushes. */
export interface SenderSettings {
    readonly name: string;
    readonly kind: "prometheus";
    readonly namespace: string;
    /** The Secret with the credential in its key `token`. `<name>-write-credential` unless configured. */
    readonly secret: string;
    /** The ConfigMap with `prometheus.yml`. `<name>-configuration` unless configured. */
    readonly configMap: string;
    /** The whole `prometheus.yml`: the user's own, with our `remote_write` entry. */
    readonly configuration: string;
}

/** Everything the program is told, checked. */
export interface Settings {
    /** The keeper. */
    readonly rotation: string;
    /** Letters and digits in each credential, 32 to 72. */
    readonly length: number;
    /** age public keys the mirror is encrypted to, one at least. */
    readonly recipients: readonly string[];
    readonly mirror: MirrorSettings;
    readonly receivers: readonly ReceiverSettings[];
    readonly senders: readonly SenderSettings[];
    /** How long the gate waits for the receivers. */
    readonly projectionLimitSeconds: number;
}

/** What settings need from outside the configuration. */
export interface Surroundings {
    /** The name of the stack. */
    readonly stack: string;
    /** Reads a file whose path is relative to the project; throws when it cannot. */
    readonly readFile: (path: string) => string;
}

/**
 * Checks a configuration and fills in what it leaves out.
 *
 * Throws an `Error` of one line that starts with the key at fault, such as `receivers[0].url must be ...`. A value is
 * repeated in it only where it can be no secret.
 */
export function parseSettings(configuration: unknown, surroundings: Surroundings): Settings {
    const parsed = schema.safeParse(configuration);
    if (!parsed.success) throw new Error(describe(parsed.error.issues[0]));
    const { mirror, receivers: givenReceivers, senders: givenSenders, ...rest } = parsed.data;
    const receivers = givenReceivers.map((receiver) => ({
        ...receiver,
        secret: receiver.secret ?? `${receiver.name}-auth`,
        probeUrls: receiver.probeUrls ?? [receiver.url],
    }));
    const senders = givenSenders.map((sender, index) =>
        completeSender(sender, `senders[${index}]`, receivers, surroundings),
    );
    refuseDuplicates("receivers", receivers);
    refuseDuplicates("senders", senders);
    refuseSharedObjects([...receivers, ...senders]);
    return {
        ...rest,
        recipients: refuseRepeated(rest.recipients),
        mirror: { ...mirror, path: mirror.path ?? `${surroundings.stack}.yaml.age` },
        receivers,
        senders,
    };
}

function completeSender(
    sender: z.infer<typeof senderSchema>,
    key: string,
    receivers: readonly ReceiverSettings[],
    { readFile }: Surroundings,
): SenderSettings {
    const { receiver: receiverName, credentialsFile, ...kept } = sender;
    const receiver = receivers.find(({ name }) => name === (receiverName ?? receivers[0]?.name));
    if (!receiver) {
        const names = receivers.map(({ name }) => name).join(", ");
        throw new Error(
            `${key}.receiver must be one of receivers (${names}), got "${receiverName ?? ""}"`,
        );
    }
    return {
        ...kept,
        secret: sender.secret ?? `${sender.name}-write-credential`,
        configMap: sender.configMap ?? `${sender.name}-configuration`,
        configuration: attempt(`${key}.configuration: ${sender.configuration}`, () =>
            renderPrometheus(readFile(sender.configuration), {
                name: receiver.name,
                url: receiver.url,
                credentialsFile,
            }),
        ),
    };
}

function attempt<T>(subject: string, action: () => T): T {
    try {
        return action();
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${subject}: ${reason}`, { cause: error });
    }
}

function refuseRepeated(recipients: readonly string[]): readonly string[] {
    const index = recipients.findIndex((recipient, i) => recipients.indexOf(recipient) !== i);
    if (index >= 0)
        throw new Error(`recipients[${index}] is listed twice: ${recipients[index] ?? ""}`);
    return recipients;
}

function refuseDuplicates(key: string, items: readonly { readonly name: string }[]): void {
    items.forEach(({ name }, index) => {
        const first = items.findIndex((item) => item.name === name);
        if (first !== index) {
            throw new Error(
                `${key}[${index}].name must be unique, got "${name}" as in ${key}[${first}]`,
            );
        }
    });
}

/** Two owners of one Secret would overwrite each other at every update. */
function refuseSharedObjects(owners: readonly (ReceiverSettings | SenderSettings)[]): void {
    const seen = new Map<string, string>();
    for (const { name, namespace, secret } of owners) {
        const object = `${namespace}/${secret}`;
        const other = seen.get(object);
        if (other !== undefined) {
            throw new Error(
                `Secret ${object} is written for both ${other} and ${name}: set another "secret"`,
            );
        }
        seen.set(object, name);
    }
}

/** One line of what is wrong: the key, what it must be. */
function describe(issue: z.core.$ZodIssue | undefined): string {
    if (!issue) return "configuration is not valid";
    const path = issue.path.reduce<string>(
        (text, part) =>
            typeof part === "number"
                ? `${text}[${part}]`
                : text
                  ? `${text}.${String(part)}`
                  : String(part),
        "",
    );
    if (issue.code === "unrecognized_keys") {
        const keys = issue.keys.map((key) => (path ? `${path}.${key}` : key)).join(", ");
        return `${keys} is no configuration key: the README lists them all`;
    }
    if (issue.code === "invalid_union" && "options" in issue) {
        return `${path} must be one of: ${String(issue.options)}`;
    }
    if (issue.code === "invalid_type" && issue.input === undefined) {
        return `${path} must be set (${issue.expected})`;
    }
    return `${path}: ${issue.message}`;
}
