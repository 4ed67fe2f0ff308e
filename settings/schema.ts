import * as z from "zod";
import { deployKeyFault, withoutComment } from "./deployKey.ts";
import { isLabel } from "../rotation/generation.ts";
import { parseRemote, remoteFault } from "./gitRemote.ts";
import { recipientFault } from "../seal/recipient.ts";

/**
 * RFC 1123, as https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ asks of
 * namespaces.
 */
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

/** RFC 6750, section 2.1. */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * A password of basic authentication may hold any character but control characters (RFC 7617,
 * section 2).
 */
const credential = z
    .string()
    .min(1, "must not be empty")
    // eslint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f]*$/, "must be one line without control characters");

/** RFC 7617, section 2: a colon ends the username. */
const username = z
    .string()
    // eslint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f:]+$/, "must be a username without a colon");

const recipient = z.string().superRefine((text, context) => {
    const fault = recipientFault(text);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
});

const format = z.enum(["sealed", "sops"], 'must be "sealed" or "sops"').default("sealed");

const relativePath = z
    .string()
    .regex(
        /^(?!\/)(?!.*\/\/)(?!(.*\/)?\.{1,2}(\/|$))\S+(?<!\/)$/,
        "must be a path inside the repository",
    );

const githubRole = z.enum(["pull", "triage", "push", "maintain", "admin"]);

const githubName = z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, "must be letters, digits, dashes and underscores");

const deployKey = z.strictObject({
    title: z
        .string()
        .regex(
            /^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,99}$/,
            "must be 1 to 100 letters, digits, blanks and ._@-",
        ),
    key: z
        .string()
        .superRefine((text, context) => {
            const message = deployKeyFault(text);
            if (message !== undefined) context.addIssue({ code: "custom", message });
        })
        .transform(withoutComment),
});

const gitHubMirror = z.strictObject({
    remote: z.undefined().optional(), // tells the two forms apart
    owner: z.string().regex(/^[A-Za-z0-9-]{1,39}$/, "must be a GitHub user or organisation"),
    repository: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,100}$/, "must be the name of a GitHub repository"),
    path: relativePath.optional(),
    branch: z.string().min(1).default("main"),
    format,
    create: z.boolean().default(true),
    protect: z.boolean().optional(),
    secretScanning: z.boolean().optional(),
    access: z
        .strictObject({
            users: z.record(githubName, githubRole).default({}),
            teams: z.record(githubName, githubRole).default({}),
        })
        .optional(),
    deployKeys: z.array(deployKey).optional(),
});

const remote = z.string().superRefine((url, context) => {
    const fault = remoteFault(url);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
});

/** As git-check-ref-format has it, as far as it matters here. */
const branch = z
    .string()
    .regex(
        /^(?![-/])(?!.*(\/\/|\.\.|@\{|\/\.|\.lock(\/|$)))[^\s~^:?*[\\]+(?<![/.])$/,
        "must be the name of a branch",
    );

/** What git hands on in lines. The messages do not repeat the value. */
const oneLine = z.string().regex(/^[\x21-\x7e]+$/, "must be one word, without spaces");

const gitMirror = z
    .strictObject({
        remote,
        path: relativePath.optional(),
        branch: branch.default("main"),
        format,
        author: z
            .string()
            .regex(/^[^<>\s][^<>\n]* <[^<>\s]+>$/, 'must be "Name <address>"')
            .default("prometheus-write-secret <prometheus-write-secret@localhost>"),
        token: oneLine.optional(),
        username: oneLine.regex(/^[^:]+$/, "must hold no colon").optional(),
        caFile: z.string().min(1).optional(),
        knownHosts: z.string().min(1).optional(),
    })
    .superRefine((mirror, context) => {
        if (remoteFault(mirror.remote) !== undefined) return;
        const { protocol } = parseRemote(mirror.remote);
        const [others, form] =
            protocol === "ssh"
                ? ([["token", "username", "caFile"], "an SSH"] as const)
                : ([["knownHosts"], "an HTTPS"] as const);
        for (const key of others.filter((name) => mirror[name] !== undefined)) {
            const message = `means nothing to ${form} remote: take it out`;
            context.addIssue({ code: "custom", path: [key], message });
        }
        if (protocol === "https" && mirror.token === undefined) {
            const message = "must be set, with --secret: what the HTTPS remote asks for";
            context.addIssue({ code: "custom", path: ["token"], message });
        }
    });

/** A union that says what is wrong with the form that was meant, rather than with both. */
const mirrorSchema = z.looseObject({}).transform((mirror, context) => {
    const isRemote = "remote" in mirror;
    const isGitHub = "owner" in mirror || "repository" in mirror;
    if (isRemote === isGitHub) {
        const choice = "owner and repository, on GitHub, or remote, on any other Git host";
        const message = isRemote ? `must have either ${choice}` : `must have ${choice}`;
        context.addIssue({ code: "custom", message });
        return z.NEVER;
    }
    const parsed = (isRemote ? gitMirror : gitHubMirror).safeParse(mirror, { reportInput: true });
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) context.issues.push(issue as never);
    return z.NEVER;
});

const receiverSchema = z.strictObject({
    name: kubernetesName,
    kind: z.literal("vmauth"),
    namespace: kubernetesName,
    secret: kubernetesName.optional(),
    url: httpUrl,
    upstream: httpUrl,
    probeUrls: z.array(httpUrl).min(1, "must list one URL at least").optional(),
    connections: z.int().min(1).max(100).default(3),
    metricsUrls: z.array(httpUrl).min(1, "must list one URL at least").optional(),
    queryUrl: httpUrl.optional(),
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

const awsRegion = z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region of AWS, such as "eu-central-1"');

const awsPrincipal = z
    .string()
    .regex(
        /^arn:aws(-[a-z]+)*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/,
        "must be the ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/reader",
    );

const awsKey = z
    .string()
    .regex(
        /^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+$/,
        "must be the ARN of a key of KMS or of its alias, such as arn:aws:kms:eu-central-1:123456789012:alias/mirror",
    );

const awsSchema = z.strictObject({
    region: awsRegion,
    kmsRecipient: awsKey.optional(),
    secret: z
        .strictObject({
            name: z
                .string()
                .regex(/^[\w/-]{1,200}$/, "must be 1 to 200 letters, digits and /_-")
                .optional(),
            replicaRegions: z.array(awsRegion).default([]),
            recoveryWindowDays: z.int().min(7).max(30).default(30),
            readers: z.array(awsPrincipal).default([]),
            deployers: z.array(awsPrincipal).min(1, "must list one ARN at least").optional(),
        })
        .optional(),
    ciRole: z
        .strictObject({
            repository: z
                .string()
                .regex(/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/, "must be owner/name"),
            environment: z.string().regex(/^[\w .-]{1,255}$/, "must be the name of an environment"),
        })
        .optional(),
});

/** The configuration as written; every key it does not know is refused. */
export const schema = z
    .strictObject({
        rotation: label,
        username: username.optional(),
        length: z.int().min(32).max(72).default(48),
        recipients: z.array(recipient).min(1, "must name one recipient at least"),
        keyring: z.string().min(1).optional(),
        mirror: mirrorSchema,
        receivers: z.array(receiverSchema).min(1, "must list one receiver at least"),
        senders: z.array(senderSchema).min(1, "must list one sender at least"),
        projectionLimitSeconds: z.int().min(1).max(3600).default(300),
        retired: z.array(label).default([]),
        retireWithoutProof: z.boolean().default(false),
        disuseSeconds: z.int().min(1).max(3600).default(120),
        adopted: z.strictObject({ label, value: credential }).optional(),
        emergency: z
            .strictObject({ leaked: label, reason: z.string().trim().min(1, "must say why") })
            .optional(),
        aws: awsSchema.optional(),
    })
    .refine(({ adopted, username }) => username !== undefined || isBearerToken(adopted?.value), {
        path: ["adopted", "value"],
        error: "must be a bearer token (letters, digits and -._~+/ with = at the end), or a password with username set",
    });

/** The message above does not repeat the value. */
function isBearerToken(value: string | undefined): boolean {
    return value === undefined || BEARER_TOKEN.test(value);
}

/** A mirror as configured. */
export type MirrorConfiguration = z.infer<typeof mirrorSchema>;

/** A sender as configured. */
export type SenderConfiguration = z.infer<typeof senderSchema>;

/** One line of what is wrong: the key, what it must be. */
export function describeIssue(issue: z.core.$ZodIssue | undefined): string {
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
