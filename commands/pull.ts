import { readFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import type { Files } from "../kinds/receiverKind.ts";
import { host } from "../kinds/senders/host.ts";
import { parseManifest } from "../mirror/manifest.ts";
import { probeAll } from "../proof/probe.ts";
import type { RotationRecord } from "../rotation/record.ts";
import { mayOpen, openSealed } from "../seal/open.ts";
import { printable } from "../text/printable.ts";
import { appendAudit } from "../update/auditFile.ts";
import { createCommand, runCommand } from "./command.ts";
import { inGlyphs } from "./inGlyphs.ts";
import { readHeld, replaceHeld } from "./pull/heldFiles.ts";
import { choose, type Choice } from "./recover/history.ts";
import { askKeys } from "./recover/keys.ts";
import { minute } from "./recover/mirrorSource.ts";
import { type MirroredStack, onlyStack, readMirror } from "./recover/mirroredStacks.ts";
import { mirrorOptions, openMirror } from "./recover/openMirror.ts";
import { provenUrl } from "./recover/render.ts";
import { readVerificationKey } from "./recover/vouch.ts";

interface Options {
    readonly repository?: string;
    readonly github?: string;
    readonly branch?: string;
    readonly stack?: string;
    readonly identity: string;
    readonly verificationKey: string;
    readonly to: string;
    readonly url?: string;
    readonly caFile?: string;
    readonly older: boolean;
    readonly json: boolean;
}

/** What came of it. */
interface Outcome {
    /** `kept`: the receiver does not take what is in the mirror, so what was held stays. */
    readonly outcome: "switched" | "unchanged" | "kept";
    /** What the last finished rotation gave senders. */
    readonly generation: string;
    /** What was held before; null where that is not known. */
    readonly former: string | null;
    readonly revision: number;
    /** The receiver, as far as it was asked, and what it said. */
    readonly url: string | null;
    readonly reason: string | null;
}

const KEPT = 3; // as of `npm run status` and `npm run verify`: something is to be looked at

const command = mirrorOptions(
    createCommand(
        "pull",
        "Takes the credential of the last finished rotation from the mirror, for what pushes from this machine.\n" +
            "For a timer: it replaces files only when the receiver accepts what is to be in them.",
    ),
)
    .requiredOption(
        "--identity <file>",
        "this machine's private key, one of the recipients; - reads it from standard input",
    )
    .requiredOption(
        "--verification-key <file or key>",
        "the stack output verificationKey: records that it signed are gone by alone",
    )
    .requiredOption("--to <directory>", "where the files token and username are read from")
    .option("--url <url>", "where this machine pushes (default: what the record says)")
    .option("--ca-file <file>", "the authorities to believe there, in PEM (default: Node's)")
    .option("--older", "take a record that is older than what was taken before", false)
    .option("--json", "for machines", false)
    .addHelpText(
        "after",
        `
Exit codes: 0 what the mirror says is there, 3 the receiver does not accept it and nothing was changed, 1 it failed.

Example:
  npm run pull -- --repository git@git.example:ops/credentials.git --identity identity.txt \\
      --verification-key verification.pub --url https://push.example.com/api/v1/write --to /etc/prometheus/write-credential`,
    )
    .action((options: Options) => inGlyphs(() => run(options)));

async function run(options: Options): Promise<void> {
    const key = await readVerificationKey(options.verificationKey);
    const source = await openMirror(options);
    let stack: MirroredStack;
    try {
        stack = onlyStack(await readMirror(source, options, key));
    } finally {
        await source.close();
    }
    const outcome = await pull(stack, options);
    if (outcome.outcome === "kept") process.exitCode = KEPT;
    console.log(
        options.json
            ? JSON.stringify({ stack: stack.stack, ...outcome })
            : printable(describe(outcome, options)),
    );
}

async function pull(stack: MirroredStack, options: Options): Promise<Outcome> {
    if (stack.refusal !== undefined) throw new Error(stack.refusal);
    const keys = await askKeys({ identity: options.identity, gpg: false, kms: false });
    const choice = choose(stack.history, {
        ...{ unverified: false, signed: true },
        mayOpen: ({ text }) => mayOpen(text, keys),
    });
    for (const warning of [choice.warning, stack.warning]) {
        if (warning !== undefined) console.error(printable(`warning: ${warning}`));
    }
    const record = recordOf(choice);
    const files = filesOf(await openSealed(choice.sealed.text, keys), record);
    const held = await readHeld(options.to, Object.keys(files));
    if (!options.older) refuseOlder(record, held.record);
    const told = {
        ...{ generation: record.generation, revision: record.revision },
        former: held.record?.generation ?? null,
    };
    if (Object.entries(files).every(([name, text]) => held.files[name] === text)) {
        // Somebody may have rotated to another revision and back.
        if (held.record?.revision !== record.revision) {
            await replaceHeld(options.to, { files, record });
        }
        return { ...told, outcome: "unchanged", url: null, reason: null };
    }
    const url = options.url ?? provenUrl(record);
    const reason = await whyNotAccepted(url, files, options.caFile);
    if (reason !== undefined) return { ...told, outcome: "kept", url, reason };
    await replaceHeld(options.to, { files, record });
    appendAudit(stack.stack, {
        ...{ operation: "switched", generation: record.generation },
        where: `files in ${options.to}`,
    });
    return { ...told, outcome: "switched", url, reason: null };
}

/** The rotation that is finished, as the mirror has it: what was begun since is passed over. */
function recordOf({ sealed }: Choice): RotationRecord {
    if (sealed.record !== undefined) return sealed.record;
    throw new Error("no rotation on record holds what is in the mirror");
}

/** What is to be held, by the names that senders read from the Secret elsewhere. Secret. */
function filesOf(manifest: string, { generation }: RotationRecord): Files {
    const { accepted, username } = parseManifest(manifest, generation);
    const { value = "" } = accepted.find(({ label }) => label === generation) ?? {};
    return host.credential({} as never, { name: "", url: "" }, { value, username });
}

/** Without a history, which a directory has none of, nothing else tells that a record was put back. */
function refuseOlder(record: RotationRecord, held: RotationRecord | undefined): void {
    if (held === undefined || held.revision <= record.revision) return;
    throw new Error(
        `the mirror's last rotation, ${record.revision} to ${record.generation} of ${minute(record.finished)}, is older ` +
            `than what is held, ${held.revision} to ${held.generation} of ${minute(held.finished)}: somebody put it back; ` +
            "--older takes it all the same",
    );
}

/** Asks as the gate does: a receiver that takes anything proves nothing. */
async function whyNotAccepted(
    url: string,
    { token = "", username }: Files,
    caFile: string | undefined,
): Promise<string | undefined> {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
        throw new Error(`--url must be an http or https URL, got ${url}`);
    }
    const authorities = caFile === undefined ? undefined : await readFile(caFile, "utf8");
    const asked = { username, authorities, connections: CONNECTIONS };
    const madeUp = randomBytes(32).toString("hex");
    const [verdict, stranger] = await Promise.all([
        probeAll(url, { ...asked, token, expected: "accepted" }),
        probeAll(url, { ...asked, token: madeUp, connections: 1, expected: "refused" }),
    ]);
    if (verdict.kind !== "accepted") return verdict.reason;
    return stranger.kind === "refused"
        ? undefined
        : `it does not refuse a made-up credential: ${stranger.reason}`;
}

const CONNECTIONS = 3; // several replicas may share an address, as for `receivers[].connections`

function describe({ outcome, generation, former, url, reason }: Outcome, { to }: Options): string {
    const before = former ?? "what was there";
    switch (outcome) {
        case "unchanged":
            return `${generation} is in ${to} already`;
        case "switched":
            return `${generation} is in ${to} now, ${former === null ? "" : `after ${former}, `}and ${url ?? ""} accepts it`;
        case "kept":
            return `${before} stays in ${to}: ${url ?? ""} does not accept ${generation}: ${reason ?? ""}`;
    }
}

await runCommand(command);
