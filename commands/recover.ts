import type { KeyObject } from "node:crypto";
import { lstat } from "node:fs/promises";
import { Option } from "commander";
import { inGlyphs } from "./inGlyphs.ts";
import { announce } from "./recover/announce.ts";
import { choose } from "./recover/history.ts";
import { parseManifest, type Recovered } from "../mirror/manifest.ts";
import { type MirroredStack, onlyStack, readMirror } from "./recover/mirroredStacks.ts";
import { provenUrl, renderFiles, renderText } from "./recover/render.ts";
import { mirrorOptions, openMirror } from "./recover/openMirror.ts";
import { writeFiles } from "./recover/writeFiles.ts";
import { readVerificationKey } from "./recover/vouch.ts";
import { mayOpen, openSealed } from "../seal/open.ts";
import { printable } from "../text/printable.ts";
import { appendAudit } from "../update/auditFile.ts";
import { adopt } from "./adopt.ts";
import { createCommand, runCommand } from "./command.ts";
import { askKeys } from "./recover/keys.ts";
import { describeStacks, listStacks } from "./recover/listing.ts";

const KINDS = ["manifests", "files", "environment", "prometheus", "config"] as const;
const STANDARD = "-";

interface Options {
    readonly repository?: string;
    readonly github?: string;
    readonly branch?: string;
    readonly stack?: string;
    readonly path?: string;
    readonly generation?: string;
    readonly identity?: string;
    readonly gpg: boolean;
    readonly kms: boolean;
    readonly verificationKey?: string;
    readonly unverified: boolean;
    readonly output?: (typeof KINDS)[number];
    readonly to?: string;
    readonly force: boolean;
    readonly url?: string;
    readonly credentialsFile: string;
    readonly json: boolean;
}

const command = mirrorOptions(
    createCommand(
        "recover",
        "Gets the credential back from the mirror and one private key: no state, no cluster, no cloud account.\n" +
            "Without --output it says what the mirror holds, for which no key is needed.",
    ),
)
    .option("--path <file>", "the sealed file, where it is not <stack>.yaml.age")
    .option(
        "--generation <label>",
        "what senders get (default: what the last finished rotation gave them)",
    )
    .option(
        "--identity <file>",
        "the private key, for age or OpenPGP; - reads it from standard input (default: asks for it)",
    )
    .option("--gpg", "open it with your own gpg, and the key its agent has", false)
    .option("--kms", "open a file of SOPS with the key of AWS KMS it names", false)
    .option(
        "--verification-key <file or key>",
        "the stack output verificationKey: go by records alone that it signed",
    )
    .option("--unverified", "open a file whose SHA-256 no record holds", false)
    .addOption(new Option("--output <what>", "what to write").choices(KINDS))
    .option("--to <path>", "where to: a file, a directory for files; - is standard output")
    .option("--force", "replace what exists", false)
    .option("--url <url>", "for prometheus: where senders push (default: what the record says)")
    .option(
        "--credentials-file <path>",
        "for prometheus: where it finds the credential",
        "/etc/prometheus/write-credential/token",
    )
    .option("--json", "for machines, where nothing is written", false)
    .addHelpText(
        "after",
        `
What --output writes, with mode 0600:
  manifests     the Secrets of all senders and receivers, for kubectl apply --server-side -f
  files         the same as files, <to>/<namespace>/<secret>/<file>, for a Prometheus without Kubernetes
  environment   PROMETHEUS_WRITE_GENERATION and _TOKEN (or _USERNAME and _PASSWORD), for EnvironmentFile= and --env-file
  prometheus    a remote_write entry that refers to a credential file; no secret is in it
  config        adopted (and username), in the configuration of the selected stack, encrypted by its secrets provider

Before it writes, it says on standard error which Secrets and addresses, and whether the verification key signed the record.

Examples:
  npm run recover -- --github acme/prometheus-credentials
  npm run recover -- --repository ./clone --verification-key verification.pub --identity recovery.txt --output manifests --to restore.yaml
  npm run recover -- --repository git@git.example:ops/credentials.git --identity recovery.txt --output files --to /etc/prometheus/recovered`,
    )
    .action((options: Options) => inGlyphs(() => run(options)));

async function run(options: Options): Promise<void> {
    const { verificationKey, unverified, output, json } = options;
    if (verificationKey !== undefined && unverified) {
        throw new Error("take one of --verification-key and --unverified");
    }
    const key =
        verificationKey === undefined ? undefined : await readVerificationKey(verificationKey);
    const source = await openMirror(options);
    let stacks: readonly MirroredStack[];
    try {
        stacks = await readMirror(source, options, key);
    } finally {
        await source.close();
    }
    if (output !== undefined) {
        await recover(stacks, output, options, key);
        return;
    }
    for (const { refusal, warning } of stacks) warn(refusal ?? (key && warning));
    console.log(json ? listStacks(source.name, stacks) : describeStacks(source.name, stacks));
}

function warn(what: string | undefined): void {
    if (what !== undefined) console.error(printable(`warning: ${what}`));
}

async function recover(
    stacks: readonly MirroredStack[],
    output: (typeof KINDS)[number],
    options: Options,
    key: KeyObject | undefined,
): Promise<void> {
    const stack = onlyStack(stacks);
    if (stack.refusal !== undefined && options.generation === undefined) {
        throw new Error(
            `${stack.refusal}; without --output it says what is vouched for, and --generation takes that`,
        );
    }
    const target = await chooseTarget(output, options);
    const keys = await askKeys(options);
    const choice = choose(stack.history, {
        ...options,
        signed: key !== undefined,
        mayOpen: ({ text }) => mayOpen(text, keys),
    });
    const url = output === "prometheus" ? (options.url ?? provenUrl(choice.sealed.record)) : "";
    const opened = await openSealed(choice.sealed.text, keys);
    const recovered = parseManifest(opened, choice.generation);
    for (const warning of [choice.warning, choice.sealed.record && stack.warning]) warn(warning);
    const announced = { stack: stack.stack, choice, recovered, output, url };
    for (const line of announce({ ...announced, signed: key !== undefined })) console.error(line);
    appendAudit(stack.stack, {
        ...{ operation: "recovered", generation: recovered.current },
        where: `${choice.sealed.path} as ${output}`,
    });
    if (output === "config") {
        await adoptRecovered(recovered);
        return;
    }
    const text = (kind: Exclude<typeof output, "files">) =>
        renderText(kind, recovered, { ...options, url });
    if (target === STANDARD && output !== "files") {
        process.stdout.write(text(output));
        return;
    }
    const files = output === "files" ? renderFiles(recovered, target) : { [target]: text(output) };
    await writeFiles(files, options.force);
    console.error(
        `Recovered ${recovered.current} of stack ${stack.stack}: ${describeWritten(files, recovered)}`,
    );
}

/**
 * Has the selected stack adopt what was recovered, so that a new stack accepts it from its first
 * update.
 */
async function adoptRecovered({ current, accepted, username }: Recovered): Promise<void> {
    const generation = accepted.find(({ label }) => label === current);
    const others = accepted.filter(({ label }) => label !== current);
    if (generation === undefined) throw new Error("nothing was recovered");
    const { label, value } = generation;
    await adopt(
        { kind: username === undefined ? "bearer token" : "basic auth", username, value },
        label,
    );
    console.error(
        `Adopted ${label}. Deploy with it: pulumi config set rotation ${label} && pulumi up; then: npm run rotate`,
    );
    if (others.length === 0) return;
    console.error(
        `Receivers accept ${others.map((one) => one.label).join(", ")} too, which a new stack has no value of: where ` +
            "their Secrets are there already, retireWithoutProof lets it end that",
    );
}

function describeWritten(
    files: Readonly<Record<string, string>>,
    { current, accepted }: Recovered,
): string {
    const others = accepted.map(({ label }) => label).filter((label) => label !== current);
    const also = others.length > 0 ? `; receivers accept ${others.join(", ")} too` : "";
    return `wrote ${Object.keys(files).join(", ")}${also}`;
}

/** Where to write, checked before anybody is asked for a key. */
async function chooseTarget(
    output: (typeof KINDS)[number],
    { to, force }: Options,
): Promise<string> {
    if (output === "config") {
        if (to === undefined) return "";
        throw new Error("--to has no meaning for config: that goes to the selected stack");
    }
    if (output === "files" && (to === undefined || to === STANDARD)) {
        throw new Error("say which directory the files go to: --to <directory>");
    }
    if (to === undefined) {
        if (!process.stdout.isTTY) return STANDARD;
        throw new Error("say where it goes: --to <file>, or --to - to show it here");
    }
    const found = to === STANDARD ? undefined : await lstat(to).catch(() => undefined);
    if (found !== undefined && output !== "files" && !force) {
        throw new Error(`${to} exists: give another place, or --force to replace it`);
    }
    return to;
}

await runCommand(command);
