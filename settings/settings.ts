import { attempt } from "./attempt.ts";
import type { AwsSettings } from "./awsSchema.ts";
import { describeIssue } from "./describeIssue.ts";
import { completeMirror, type MirrorSettings, type MirrorSurroundings } from "./mirrorSettings.ts";
import {
    type Kinds,
    type Login,
    type ReceiverConfiguration,
    schemaOf,
    type SenderConfiguration,
} from "./schema.ts";
import { refuseClosed, refusePlainHttp } from "./receiverUrls.ts";

/** What authenticates the push: what every kind has. */
export interface ReceiverSettings extends Login {
    readonly name: string;
    /** A row of `kinds/receivers.ts`. */
    readonly kind: string;
    /** The namespace of its Secret; none where this program writes nothing for it. */
    readonly namespace?: string | undefined;
    /** The Secret it reads. `<name>-auth` unless configured. None likewise. */
    readonly secret?: string | undefined;
    /** Where senders push. */
    readonly url: string;
    /** Where the gate proves a credential, such as one URL a replica. `[url]` unless configured. */
    readonly probeUrls: readonly string[];
    /**
     * Fresh connections in a row on which each address must accept a credential. 3 unless
     * configured.
     */
    readonly connections: number;
    /** The `/metrics` of each replica, whose counters prove that nobody uses a generation. */
    readonly metricsUrls?: readonly string[] | undefined;
    /**
     * Where a sample that was pushed can be queried, a Prometheus-compatible `/api/v1/query`.
     */
    readonly queryUrl?: string | undefined;
    /** Former paths of {@link url} that it no longer opens. */
    readonly closedPaths?: readonly string[] | undefined;
    /** Former paths that it still opens: none unless something is recorded. */
    readonly formerPaths?: readonly string[] | undefined;
    /** Why samples may be lost where a rotation cannot be without. Refused unless configured. */
    readonly allowSampleLoss?: string | undefined;
    /** The certificate authorities to believe at all of these, in PEM. Node's unless configured. */
    readonly authorities?: string | undefined;
    /** How long the gate waits for it, where that is another time than for all. */
    readonly projectionLimitSeconds?: number | undefined;
    /** What the vendor is told who mints its values, by the vendor's name. They are given unless configured. */
    readonly mint?: Readonly<Record<string, object | undefined>> | undefined;
}

/** One that reads a Secret this program writes. */
export type WrittenReceiver = ReceiverSettings & {
    readonly namespace: string;
    readonly secret: string;
};

/** Whether this program writes what it reads; else people tell it whom to let in. */
export function isWritten(receiver: ReceiverSettings): receiver is WrittenReceiver {
    return receiver.namespace !== undefined && receiver.secret !== undefined;
}

/** What pushes: what every kind has. */
export interface SenderSettings {
    readonly name: string;
    /** A row of `kinds/senders.ts`. */
    readonly kind: string;
    readonly namespace: string;
    /** The Secret with the credential. `<name>-write-credential` unless configured. */
    readonly secret: string;
    /** Name of the receiver it pushes to. The first unless configured. */
    readonly receiver: string;
    /** The ConfigMap with its configuration; none where the user's own refers to the Secret. */
    readonly configMap?: string | undefined;
}

/**
 * What pushes, and takes the credential from the mirror by itself: nothing is written for it, and
 * only receivers see what it uses.
 */
export type HostSettings = Pick<SenderSettings, "name" | "kind" | "receiver">;

/** Everything the program is told, checked. */
export interface Settings {
    /** The keeper. */
    readonly rotation: string;
    /** The username of basic authentication; none where the credential is a bearer token. */
    readonly username?: string | undefined;
    /** Whether all generations share that username, or a receiver needs one a generation. */
    readonly usernames: "shared" | "generation";
    /** Letters and digits in each credential, 32 to 72. */
    readonly length: number;
    /**
     * Whom the mirror is encrypted to, one at least, as configured: age and OpenPGP public keys,
     * fingerprints of such.
     */
    readonly recipients: readonly string[];
    /** The file that fingerprints are looked up in, relative to the project. */
    readonly keyring?: string | undefined;
    readonly mirror: MirrorSettings;
    readonly receivers: readonly ReceiverSettings[];
    /** Those that read a Secret this program writes. */
    readonly senders: readonly SenderSettings[];
    /** Those that do not. */
    readonly hosts: readonly HostSettings[];
    /** How long the gate waits for the receivers that have no limit of their own. */
    readonly projectionLimitSeconds: number;
    /** Labels receivers must no longer accept. */
    readonly retired: readonly string[];
    /** What tells the cluster to write to from others. The one deployed to first unless configured. */
    readonly cluster?: string | undefined;
    /** Whether to retire where no receiver's counters can prove that nobody uses the generation. */
    readonly retireWithoutProof: boolean;
    /** Seconds without a request that prove disuse. 120 unless configured. */
    readonly disuseSeconds: number;
    /** The credential that was there before this program, accepted from the first update. */
    readonly adopted?: { readonly label: string; readonly value: string } | undefined;
    /** The generation to be refused at once, whoever uses it, and why. */
    readonly emergency?: { readonly leaked: string; readonly reason: string } | undefined;
    /** What is made on AWS. Left out: nothing, and nothing of AWS is loaded. */
    readonly aws?: AwsSettings | undefined;
}

/** The paths a receiver opens, where it opens some alone: the one senders are to push to comes first. */
export function pathsOf({
    url,
    formerPaths = [],
}: Pick<ReceiverSettings, "url" | "formerPaths">): readonly string[] {
    return [new URL(url).pathname, ...formerPaths];
}

/** The receiver a sender pushes to. Settings that were parsed name no other. */
export function receiverOf(
    { name, receiver: wanted }: Pick<SenderSettings, "name" | "receiver">,
    { receivers }: Pick<Settings, "receivers">,
): ReceiverSettings {
    const found = receivers.find((receiver) => receiver.name === wanted);
    if (found) return found;
    throw new Error(`there is no receiver ${wanted}, which ${name} pushes to`);
}

/**
 * The username of a generation, where each has its own; undefined where all share one. What is
 * adopted keeps the one that is configured, which others begin with.
 */
export function usernameOf(
    { usernames, username = "prometheus", adopted }: Logins,
    label: string,
): string | undefined {
    if (usernames === "shared") return undefined;
    return label === adopted?.label ? username : `${username}-${label}`;
}

type Logins = Pick<Settings, "usernames" | "username"> & {
    readonly adopted?: Pick<NonNullable<Settings["adopted"]>, "label"> | undefined;
};

/** What settings need from outside the configuration. */
export interface Surroundings extends MirrorSurroundings {
    /** The kinds of receivers and senders there are. */
    readonly kinds: Kinds;
}

/**
 * Checks a configuration and fills in what it leaves out.
 *
 * Throws an `Error` of one line that starts with the key at fault, such as `receivers[0].url must
 * be ...`. A value is repeated in it only where it can be no secret.
 */
export function parseSettings(configuration: unknown, surroundings: Surroundings): Settings {
    const { kinds } = surroundings;
    const parsed = schemaOf(kinds).safeParse(configuration, { reportInput: true });
    if (!parsed.success) throw new Error(describeIssue(parsed.error.issues[0]));
    const isHost = ({ kind }: Pick<SenderSettings, "kind">) =>
        kinds.senders[kind]?.external === true;
    const { mirror, receivers: givenReceivers, senders: givenSenders, ...rest } = parsed.data;
    const configured = givenReceivers as unknown as readonly ReceiverConfiguration[];
    const own = configured.some(({ kind }) => kinds.receivers[kind]?.usernames === "generation");
    const receivers = configured.map((receiver, index) => ({
        ...(rest.username !== undefined && { username: rest.username }),
        ...completeReceiver(receiver, `receivers[${index}]`, surroundings),
        ...(own && { usernames: "generation" as const }),
    }));
    if (own) refuseSteady(receivers);
    const senders = (givenSenders as unknown as readonly SenderConfiguration[]).map(
        (sender, index) => completeSender(sender, `senders[${index}]`, receivers, surroundings),
    );
    if (rest.aws?.kmsRecipient !== undefined && mirror.format !== "sops") {
        throw new Error(
            "aws.kmsRecipient needs mirror.format: sops, as no other format has a data key that KMS can wrap",
        );
    }
    refuseDuplicates("receivers", receivers);
    refuseDuplicates("senders", senders);
    return {
        ...rest,
        usernames: own ? "generation" : "shared",
        mirror: completeMirror(mirror, surroundings),
        receivers,
        senders: senders.filter((sender) => !isHost(sender)),
        hosts: senders.filter(isHost).map(({ name, kind, receiver }) => ({ name, kind, receiver })),
    };
}

function completeReceiver(
    { allowHttp, caFile, ...receiver }: ReceiverConfiguration,
    key: string,
    { readFile }: Surroundings,
): ReceiverSettings {
    if (!allowHttp) refusePlainHttp(receiver, key);
    refuseClosed(receiver, key);
    const authorities =
        caFile === undefined
            ? undefined
            : attempt(`${key}.caFile: ${caFile}`, () => requireCertificates(readFile(caFile)));
    return {
        ...receiver,
        ...(receiver.namespace !== undefined && {
            secret: receiver.secret ?? `${receiver.name}-auth`,
        }),
        probeUrls: receiver.probeUrls ?? [receiver.url],
        ...(authorities !== undefined && { authorities }),
    };
}

/** Nobody can have an external receiver take a username of ours, let alone one a generation. */
function refuseSteady(receivers: readonly ReceiverSettings[]): void {
    const index = receivers.findIndex((receiver) => !isWritten(receiver));
    if (index === -1) return;
    const { name = "", kind = "" } = receivers[index] ?? {};
    throw new Error(
        `receivers[${index}] is ${kind}, so the username of ${name} stays, while another receiver needs one a ` +
            "generation: give it a stack of its own",
    );
}

function requireCertificates(text: string): string {
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
    throw new Error("must hold certificates in PEM");
}

function completeSender(
    sender: SenderConfiguration,
    key: string,
    receivers: readonly ReceiverSettings[],
    { kinds, readFile }: Surroundings,
): SenderSettings {
    const name = sender.receiver ?? receivers[0]?.name ?? "";
    const login = receivers.find((receiver) => receiver.name === name);
    if (!login) {
        const names = receivers.map((receiver) => receiver.name).join(", ");
        throw new Error(`${key}.receiver must be one of receivers (${names}), got "${name}"`);
    }
    const read = (field: string, path: string) =>
        attempt(`${key}.${field}: ${path}`, () => ({ path, text: readFile(path) }));
    return {
        ...sender,
        secret: sender.secret ?? `${sender.name}-write-credential`,
        receiver: name,
        ...kinds.senders[sender.kind]?.complete(sender, { name: sender.name, key, login, read }),
    };
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
