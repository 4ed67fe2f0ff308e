import * as z from "zod";
import { LENGTH } from "../rotation/generation.ts";
import { recipientFault } from "../seal/recipient.ts";
import { awsSchema } from "./awsSchema.ts";
import { listOf } from "./listOf.ts";
import { mirrorSchema } from "./mirrorSchema.ts";
import { BEARER_TOKEN, credential, httpUrl, kubernetesName, label, username } from "./terms.ts";

/** What the configuration needs to know of a kind. */
export interface ReceiverForm {
    /** Its keys, beside those that every kind has. */
    readonly settings: z.ZodObject;
    /** Whether all generations share one username, or each needs its own. */
    readonly usernames: "shared" | "generation";
    /** There where this program writes nothing for it. */
    readonly external?: boolean | undefined;
}

/** How whoever pushes to a receiver says who it is, beside the credential. */
export interface Login {
    /**
     * The username of basic authentication; none where the credential is a bearer token. Where each
     * generation has its own, what those begin with.
     */
    readonly username?: string | undefined;
    /** Whether all generations share that username, or each has its own. Shared unless told. */
    readonly usernames?: "shared" | "generation" | undefined;
}

/** Whether it is by a username and a password; else by a bearer token. */
export function isBasic({ username, usernames }: Login): boolean {
    return username !== undefined || usernames === "generation";
}

/** What the configuration needs to know of a kind. */
export interface SenderForm {
    /** Its keys, beside those that every kind has. */
    readonly settings: z.ZodObject;
    /** There where this program writes nothing for it. */
    readonly external?: boolean | undefined;
    /** What the keys leave to the sender's name, or to a file of the user's. */
    complete(given: object, sender: SenderSurroundings): object;
}

/** What a sender's keys may need. */
export interface SenderSurroundings {
    readonly name: string;
    /** Where it stands in the configuration, such as `senders[0]`: faults begin with it. */
    readonly key: string;
    /** What its receiver asks for. */
    readonly login: Login;
    /** Reads a file that the key names; throws when it cannot. */
    readonly read: (key: string, path: string) => UserFile;
}

/** A file of the user's, read. */
export interface UserFile {
    /** As configured: relative to the project. */
    readonly path: string;
    readonly text: string;
}

/** The kinds a configuration may name. */
export interface Kinds {
    readonly receivers: Readonly<Record<string, ReceiverForm>>;
    readonly senders: Readonly<Record<string, SenderForm>>;
}

const recipient = z.string().superRefine((text, context) => {
    const fault = recipientFault(text);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
});

const urls = z.array(httpUrl).min(1, "must list one URL at least");

/** What every receiver has. */
const receiver = {
    name: kubernetesName.describe("Names it in messages and, unless told otherwise, its objects."),
    namespace: kubernetesName.describe("The namespace of its Secret."),
    secret: kubernetesName.optional().describe("The Secret. `<name>-auth` when left out."),
    url: httpUrl.describe("Where senders push; its path is the only one the credential opens."),
    probeUrls: urls
        .optional()
        .describe("Where the gate asks, such as one URL a replica. `[url]` when left out."),
    connections: z
        .int()
        .min(1)
        .max(100)
        .default(3)
        .describe("Fresh connections on which each address must accept a credential."),
    metricsUrls: urls
        .optional()
        .describe(
            "`/metrics` of each replica, whose counters prove that nobody uses a generation.",
        ),
    queryUrl: httpUrl
        .optional()
        .describe("An `/api/v1/query`, to read back a sample pushed with the new credential."),
    allowSampleLoss: z
        .string()
        .trim()
        .min(1, "must say why")
        .optional()
        .describe(
            "Why samples may be lost, where the kind has no rotation without: " +
                "[Receivers](receivers.md) tells which, and how many. Refused when left out.",
        ),
    allowHttp: z
        .boolean()
        .default(false)
        .describe(
            "Reach it by plain `http`, so that whoever is on the way reads the credential. On " +
                "loopback that needs no leave.",
        ),
    caFile: z
        .string()
        .min(1)
        .optional()
        .describe(
            "The authorities to believe in all these URLs, in PEM, relative to the project; the " +
                "sender has its own. Node's when left out.",
        ),
};

/** What every sender has. */
const sender = {
    name: kubernetesName.describe("Names it in messages and, unless told otherwise, its objects."),
    namespace: kubernetesName.describe("The namespace of its objects."),
    secret: kubernetesName
        .optional()
        .describe("The Secret. `<name>-write-credential` when left out."),
    receiver: kubernetesName
        .optional()
        .describe("The receiver it pushes to, by name. The first when left out."),
};

/** What those senders have that this program writes nothing for. */
const externalSender = {
    name: kubernetesName.describe("Names it in messages."),
    receiver: sender.receiver,
};

/** What those receivers have that this program writes nothing for. */
const externalReceiver = {
    name: kubernetesName.describe("Names it in messages."),
    url: httpUrl.describe("Where senders push."),
    probeUrls: receiver.probeUrls,
    connections: receiver.connections,
    queryUrl: receiver.queryUrl,
    allowHttp: receiver.allowHttp,
    caFile: receiver.caFile,
};

/** What every receiver has, as written. */
export type ReceiverConfiguration = z.infer<z.ZodObject<typeof externalReceiver>> &
    Partial<z.infer<z.ZodObject<typeof receiver>>> & { kind: string; username?: string };

/** What every sender has, as written. */
export type SenderConfiguration = z.infer<z.ZodObject<typeof sender>> & { kind: string };

/** The configuration as written; every key it does not know is refused. */
export function schemaOf({ receivers, senders }: Kinds) {
    return z
        .strictObject({
            rotation: label.describe(
                "The keeper: a new label makes a new credential, a former one goes back to it. " +
                    "Quote it: YAML turns `1.10` into 1.1.",
            ),
            username: username
                .optional()
                .describe(
                    "For basic authentication; without it the credential is a bearer token. Where " +
                        "receivers need one a generation: what each begins with, and that of what is " +
                        "adopted. Not to be changed later.",
                ),
            length: z
                .int()
                .min(LENGTH.least)
                .max(LENGTH.most)
                .default(LENGTH.default)
                .describe("Letters and digits of a credential; for the next generation."),
            recipients: z
                .array(recipient)
                .min(1, "must name one recipient at least")
                .describe(
                    "age public keys, armored OpenPGP public key blocks or `openpgp:<fingerprint>`; " +
                        "each alone opens the mirror.",
                ),
            keyring: z
                .string()
                .min(1)
                .optional()
                .describe(
                    "The file `openpgp:<fingerprint>` is looked up in, as `gpg --export` writes it.",
                ),
            mirror: mirrorSchema,
            receivers: listOf(
                { written: receiver, external: externalReceiver },
                receivers,
                "receiver",
            ).describe("What authenticates the push."),
            senders: listOf(
                { written: sender, external: externalSender },
                senders,
                "sender",
            ).describe("What pushes."),
            projectionLimitSeconds: z
                .int()
                .min(1)
                .max(3600)
                .default(300)
                .describe("How long the gate waits: a kubelet takes 60 to 90 s as a rule."),
            retired: z
                .array(label)
                .default([])
                .describe("Labels receivers must no longer accept; `npm run retire` sets it."),
            cluster: z
                .string()
                .min(1)
                .optional()
                .describe(
                    "The UID of the namespace `kube-system` of the cluster to write to. Left out: the one the " +
                        "stack was deployed to first; set it to move the stack to another.",
                ),
            retireWithoutProof: z
                .boolean()
                .default(false)
                .describe(
                    "Retire also where no counters can prove that nobody uses the generation.",
                ),
            disuseSeconds: z
                .int()
                .min(1)
                .max(3600)
                .default(120)
                .describe(
                    "How long nobody must have used a generation that is to go: longer than a " +
                        "sender's longest pause.",
                ),
            adopted: z
                .strictObject({
                    label: label.describe("What it is called as a generation."),
                    value: credential
                        .meta({ secret: true })
                        .describe(
                            "The credential, a secret: a bearer token, or a password where " +
                                "`username` is set.",
                        ),
                })
                .optional()
                .describe("The credential made by hand; `npm run extract` sets it."),
            emergency: z
                .strictObject({
                    leaked: label.describe("The generation's label."),
                    reason: z.string().trim().min(1, "must say why").describe("It is recorded."),
                })
                .optional()
                .describe(
                    "A generation refused whoever uses it; `npm run rotate -- --emergency` sets it.",
                ),
            aws: awsSchema
                .optional()
                .describe("What is made on AWS: a copy in Secrets Manager, and CI's role."),
        })
        .refine(
            ({ adopted, username, receivers: given }) =>
                username !== undefined ||
                isBearerToken(adopted?.value) ||
                given.some(({ kind }) => receivers[kind]?.usernames === "generation") ||
                given.every((one) => (one as { username?: string }).username !== undefined),
            {
                path: ["adopted", "value"],
                error:
                    "must be a bearer token (letters, digits and -._~+/ with = at the end), or a " +
                    "password with username set",
            },
        );
}

/** The message above does not repeat the value. */
function isBearerToken(value: string | undefined): boolean {
    return value === undefined || BEARER_TOKEN.test(value);
}
