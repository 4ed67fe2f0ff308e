import type { KeyObject } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { execa } from "execa";
import { describeRotation, renderRecord } from "../../rotation/record.ts";
import { parseRecipients, type Recipient } from "../../seal/recipient.ts";
import { type Format, sealTo } from "../../seal/seal.ts";
import type { KmsWrapper } from "../../seal/kms.ts";
import { rotationMessage } from "../../mirror/commitMessages.ts";
import { signText } from "../../mirror/signature.ts";
import { type Fleet, renderManifest } from "../../mirror/manifest.ts";
import { receiverSettings, senderSettings } from "./fleet.ts";

/** What senders and receivers of the mirrors here are. */
export const FLEET: Fleet = {
    senders: [senderSettings({ name: "edge", receiver: "central" })],
    receivers: [
        receiverSettings({
            name: "central",
            namespace: "receiving",
            upstream: "http://vminsert:8480",
        }),
    ],
};

/** The credential of a generation here: as long as a real one. */
export function valueOf(label: string): string {
    return `Value0f${label.replaceAll(/[^A-Za-z0-9]/g, "")}`.padEnd(48, "x");
}

/** The environment file of the generation `b`. */
export const RECOVERED = `PROMETHEUS_WRITE_GENERATION=b\nPROMETHEUS_WRITE_TOKEN=${valueOf("b")}`;

/** A mirror in a real Git repository, written as updates write it. */
export class MirrorRepository {
    directory = "";
    identity = "";
    /**
     * Whom it is sealed to from now on, and how; age alone, and the mirror's own format, until a
     * test says otherwise.
     */
    recipients: readonly Recipient[] = [];
    format: Format = "sealed";
    wrappers: readonly KmsWrapper[] = [];
    fleet = FLEET;
    /** What records are signed with, until a test says otherwise: nothing. */
    signingKey: KeyObject | undefined;
    /** Writes files, in one commit; into the repository here, until a test says otherwise. */
    write: (files: Readonly<Record<string, string>>, message: string) => Promise<unknown>;
    #seconds = 0;
    #revision = 0;

    constructor() {
        this.write = (files, message) => this.commit(files, message);
    }

    get repository(): string {
        return join(this.directory, "mirror");
    }

    /** Path of the identity file. */
    get identityFile(): string {
        return join(this.directory, "recovery.txt");
    }

    async make(): Promise<void> {
        this.#seconds = Date.UTC(2026, 10, 21, 10) / 1000;
        this.directory = await mkdtemp(join(tmpdir(), "recover-"));
        this.identity = await generateIdentity();
        const recipient = await identityToRecipient(this.identity);
        this.recipients = await parseRecipients([recipient], { now: new Date() });
        [this.format, this.wrappers, this.fleet] = ["sealed", [], FLEET];
        [this.signingKey, this.#revision] = [undefined, 0];
        await writeFile(this.identityFile, `# a comment\n${this.identity}\n`, { mode: 0o600 });
        await mkdir(this.repository);
        await this.git("init", "--quiet", "--initial-branch=main");
    }

    async remove(): Promise<void> {
        await rm(this.directory, { recursive: true, force: true });
    }

    /** Runs git in the repository, as nobody's user. */
    async git(...args: readonly string[]): Promise<string> {
        const date = `${this.#seconds} +0000`;
        const who = ["user.name=sandbox", "user.email=sandbox@example.org"].flatMap((set) => [
            "-c",
            set,
        ]);
        const { stdout } = await execa("git", ["-C", this.repository, ...who, ...args], {
            env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
        });
        return stdout;
    }

    /** Commits files, a minute after the commit before; resolves to the commit. */
    async commit(files: Readonly<Record<string, string>>, message: string): Promise<string> {
        this.#seconds += 60;
        for (const [path, text] of Object.entries(files)) {
            const file = join(this.repository, path);
            await mkdir(dirname(file), { recursive: true });
            await writeFile(file, text);
        }
        await this.git("add", "--all");
        await this.git("commit", "--quiet", `--message=${message}`);
        return this.git("rev-parse", "HEAD");
    }

    /** What an update commits before anything changes: the sealed files, by path. */
    async seal(accepted: readonly string[], stack = "prod"): Promise<Record<string, string>> {
        const generations = accepted.map((label) => ({ label, value: valueOf(label) }));
        const path = `${stack}.${this.format === "sops" ? "sops.yaml" : "yaml.age"}`;
        const { seal } = sealTo({ path, format: this.format }, this.recipients, this.wrappers);
        const [current = ""] = accepted;
        const manifest = renderManifest(this.fleet, { current, accepted: generations });
        const sealed = await seal(manifest);
        const message = rotationMessage(stack, { current, accepted });
        await this.write(sealed, message);
        return sealed;
    }

    /** What an update commits at its end: the record. */
    async record(
        accepted: readonly string[],
        sealed: Readonly<Record<string, string>>,
        stack = "prod",
    ): Promise<void> {
        const [current = "", previous] = accepted;
        const now = new Date((this.#seconds + 60) * 1000);
        const { url } = FLEET.receivers[0] ?? { url: "" };
        const record = describeRotation(
            {
                ...{ organization: "acme", project: "prometheus-write-secret", stack },
                plan: { current, accepted, retired: [], revision: ++this.#revision },
                previous,
                senders: ["edge"],
                emergency: undefined,
                sealed,
                proven: [{ receiver: "central", url, how: "probe", at: now.toISOString() }],
                now,
            },
            { USER: "ada" },
        );
        const message = `Record ${stack} at ${current}`;
        const [path, text] = [`${stack}.rotation.json`, renderRecord(record)];
        const signed = this.signingKey && { [`${path}.sig`]: signText(text, this.signingKey) };
        await this.write({ [path]: text, ...signed }, message);
    }

    /** A whole rotation. */
    async rotate(accepted: readonly string[], stack = "prod"): Promise<void> {
        await this.record(accepted, await this.seal(accepted, stack), stack);
    }
}

/** A repository of each test of the surrounding `describe`, empty. */
export function useMirrorRepository(): MirrorRepository {
    const mirror = new MirrorRepository();
    beforeEach(() => mirror.make());
    afterEach(() => mirror.remove());
    return mirror;
}
