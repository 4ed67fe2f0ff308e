// A Git host over SSH: OpenSSH's server as an ordinary process, with git behind it, as a bare
// repository on a server is.
import {
    chmod,
    chown,
    copyFile,
    cp,
    mkdir,
    mkdtemp,
    readdir,
    readFile,
    rm,
    writeFile,
} from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { basename, join } from "node:path";
import { execa } from "execa";
import { freePort, onFreePorts, type Part, startPart } from "../../../sandbox/parts/process.ts";
import { connect } from "node:net";
import { BareRepository } from "./gitHttps.ts";
import { isRoot, type OpenSsh, provideOpenSsh } from "./openSsh.ts";

/** The user of the made-up account that the server runs as when we are root. */
const NOBODY = 65534;

/** A Git host over SSH, on a port of 127.0.0.1. */
export class GitSshHost {
    directory = "";
    /** What a client must have as known_hosts. */
    knownHosts = "";
    /** Where an agent holds the key the host takes. */
    agentSocket = "";
    #port = 0;
    #server: Part | undefined;
    #agent: Part | undefined;

    get host(): string {
        return `127.0.0.1:${this.#port}`;
    }

    get user(): string {
        return isRoot ? "git" : userInfo().username;
    }

    /** Where a repository is, such as `repo.git`. */
    url(repository: string): string {
        return `ssh://${this.user}@${this.host}${join(this.directory, "repositories", repository)}`;
    }

    async start(): Promise<void> {
        await provideOpenSsh();
        this.directory = await mkdtemp(join(tmpdir(), "git-ssh-"));
        await chmod(this.directory, 0o755);
        await mkdir(join(this.directory, "repositories"));
        for (const name of ["host", "other", "user"]) {
            const file = join(this.directory, name);
            await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file]);
        }
        await copyFile(join(this.directory, "user.pub"), join(this.directory, "authorized"));
        this.knownHosts = join(this.directory, "known_hosts");
        this.#server = await onFreePorts(async () => {
            this.#port = await freePort();
            return this.#startServer();
        });
        await this.know("host");
        await this.#startAgent();
    }

    /**
     * Writes the known_hosts that has the key of this name for the host: `host` is true, `other` is
     * not.
     */
    async know(key: "host" | "other"): Promise<void> {
        const line = await readFile(join(this.directory, `${key}.pub`), "utf8");
        await writeFile(this.knownHosts, `[127.0.0.1]:${this.#port} ${line}`);
    }

    async create(repository: string): Promise<BareRepository> {
        const made = await BareRepository.create(join(this.directory, "repositories", repository));
        if (isRoot) await execa("chown", ["-R", `${NOBODY}:${NOBODY}`, made.path]);
        return made;
    }

    async stop(): Promise<void> {
        await this.#server?.stop();
        await this.#agent?.stop();
        await rm(this.directory, { recursive: true, force: true });
    }

    async #startAgent(): Promise<void> {
        this.agentSocket = join(this.directory, "agent");
        this.#agent = await startPart({
            name: "ssh-agent",
            command: "ssh-agent",
            args: ["-D", "-a", this.agentSocket],
            logs: join(this.directory, "logs"),
            ready: async () => (await readdir(this.directory)).includes("agent"),
        });
        const env = { SSH_AUTH_SOCK: this.agentSocket };
        await execa("ssh-add", ["-q", join(this.directory, "user")], { env });
    }

    async #startServer(): Promise<Part> {
        const openSsh = await provideOpenSsh();
        const file = (name: string) => join(this.directory, name);
        await writeFile(
            file("sshd_config"),
            [
                `Port ${this.#port}`,
                "ListenAddress 127.0.0.1",
                `HostKey ${file("host")}`,
                `AuthorizedKeysFile ${file("authorized")}`,
                ...["PidFile none", "StrictModes no", "UsePAM no", "PasswordAuthentication no"],
                "KbdInteractiveAuthentication no",
                // Repositories of another user: git has somebody else's in doubt (safe.directory).
                "SetEnv GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*",
                "",
            ].join("\n"),
        );
        const ready = isRoot ? await this.#asSomebodyElse(openSsh) : openSsh;
        return startPart({
            name: "sshd",
            command: isRoot ? "setpriv" : ready.sshd,
            args: [
                ...(isRoot
                    ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", ready.sshd]
                    : []),
                ...["-D", "-e", "-f", file("sshd_config")],
            ],
            env: ready.environment,
            logs: file("logs"),
            ready: () => isListening(this.#port),
        });
    }

    /**
     * Root's server would need a user and a directory of the system: it runs as a made-up user
     * instead.
     */
    async #asSomebodyElse({ sshd, libraries, nssWrapper }: OpenSsh) {
        const file = (name: string) => join(this.directory, name);
        if (nssWrapper === undefined) throw new Error("libnss-wrapper is not in the cache");
        await copyFile(sshd, file("sshd")); // the cache of root is closed to others
        for (const library of libraries) {
            await cp(library, file("lib"), { recursive: true, dereference: true });
        }
        await writeFile(file("passwd"), `git:x:${NOBODY}:${NOBODY}::${this.directory}:/bin/sh\n`);
        await writeFile(file("group"), `git:x:${NOBODY}:\n`);
        await chown(file("host"), NOBODY, NOBODY);
        return {
            sshd: file("sshd"),
            environment: {
                LD_LIBRARY_PATH: file("lib"),
                LD_PRELOAD: join(file("lib"), basename(nssWrapper)),
                NSS_WRAPPER_PASSWD: file("passwd"),
                NSS_WRAPPER_GROUP: file("group"),
            },
        };
    }
}

function isListening(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1");
        socket.once("connect", () => {
            socket.destroy();
            resolve(true);
        });
        socket.once("error", () => {
            resolve(false);
        });
    });
}
