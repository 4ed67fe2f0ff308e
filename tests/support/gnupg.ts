import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { type GnupgTools, provideGnupg } from "../../sandbox/toolchain/gnupg.ts";

/** A key to make. */
export interface NewKey {
    readonly algorithm: string;
    /** `"encr"`, `"sign"`, or the algorithm's own. */
    readonly usage?: string;
    /** As gpg takes it: `"20d"`. Defaults to never. */
    readonly expires?: string;
    /** As gpg takes it: `"20250101T000000"`. Defaults to now. */
    readonly madeAt?: string;
    readonly passphrase?: string;
}

/** The `gpg` command line with a home of its own, as a person with keys has it. */
export class Gnupg {
    readonly home: string;

    readonly #tools: GnupgTools;

    private constructor(home: string, tools: GnupgTools) {
        this.home = home;
        this.#tools = tools;
    }

    static async start(tools?: GnupgTools): Promise<Gnupg> {
        const found = tools ?? (await provideGnupg());
        // Not in the directory for temporary files: its agent's socket must have a path of at most
        // 107 characters.
        const home = await mkdtemp("/tmp/gpg-");
        if (found.agent !== undefined) {
            await writeFile(join(home, "gpg.conf"), `agent-program ${found.agent}\n`);
        }
        return new Gnupg(home, found);
    }

    /** Stops its agent, and forgets its keys. */
    async stop(): Promise<void> {
        const kill = ["--no-autostart", "killagent", "/bye"];
        await execa({ env: this.env })("gpg-connect-agent", kill);
        await rm(this.home, { recursive: true, force: true });
    }

    get env(): Record<string, string> {
        const { PATH, LD_LIBRARY_PATH } = this.#tools;
        return { GNUPGHOME: this.home, PATH, ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }) };
    }

    /** Runs gpg; gives what it prints, to the byte. */
    async run(args: readonly string[], input?: string, passphrase = ""): Promise<string> {
        const options = ["--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback"];
        const { stdout } = await execa("gpg", [...options, "--passphrase", passphrase, ...args], {
            env: this.env,
            stripFinalNewline: false,
            ...(input !== undefined && { input }),
        });
        return stdout;
    }

    /** Makes a key; gives its fingerprint. */
    async make(
        userId: string,
        { algorithm, usage = "default", expires = "never", madeAt, passphrase }: NewKey,
    ): Promise<string> {
        const make = ["--quick-generate-key", userId, algorithm, usage, expires];
        await this.run([...fakeTime(madeAt), ...make], undefined, passphrase);
        return this.fingerprint(userId);
    }

    async fingerprint(userId: string): Promise<string> {
        const listed = await this.run(["--with-colons", "--list-keys", userId]);
        return /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? "";
    }

    /** Adds a subkey for encryption. */
    async addSubkey(fingerprint: string, expires = "never", madeAt?: string): Promise<void> {
        const add = ["--quick-add-key", fingerprint, "cv25519", "encr", expires];
        await this.run([...fakeTime(madeAt), ...add]);
    }

    /** Revokes a key with the certificate gpg made along with it. */
    async revoke(fingerprint: string): Promise<void> {
        const file = join(this.home, "openpgp-revocs.d", `${fingerprint}.rev`);
        // Its safety catch
        const { stdout: certificate } = await execa("sed", ["s/^:---/---/", file]);
        await this.run(["--import"], certificate);
    }

    /** The public key, armored. */
    export(...fingerprints: readonly string[]): Promise<string> {
        return this.run(["--armor", "--export", ...fingerprints]);
    }

    /** The private key, armored. */
    exportPrivate(fingerprint: string, passphrase?: string): Promise<string> {
        const command = ["--armor", "--export-secret-keys", fingerprint];
        return this.run(command, undefined, passphrase);
    }
}

function fakeTime(time: string | undefined): readonly string[] {
    return time === undefined ? [] : ["--faked-system-time", time];
}
