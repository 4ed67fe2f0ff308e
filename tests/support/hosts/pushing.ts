import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { type PushOptions, pushFiles } from "../../../mirror/git/gitPush.ts";
import { parseRemote } from "../../../settings/gitRemote.ts";
import { type BareRepository, GitHttpsHost } from "./gitHttps.ts";
import { setEnvironment } from "../environment.ts";

/** A repository on an HTTPS host, which each test finds empty, and what is to be pushed to it. */
export class Pushing {
    readonly host = new GitHttpsHost();
    /** In what is pushed, and nowhere else on this machine by chance. */
    readonly body = randomBytes(24).toString("hex");
    readonly sealed = `-----BEGIN AGE ENCRYPTED FILE-----\n${this.body}\n-----END-----\n`;
    #made = 0;
    #current: { repository: BareRepository; options: PushOptions } | undefined;

    get repository(): BareRepository {
        return this.#require().repository;
    }

    get options(): PushOptions {
        return this.#require().options;
    }

    /** The temporary directories of pushes there are. */
    async directories(): Promise<readonly string[]> {
        const names = await readdir(this.host.directory);
        return names.filter((name) => name.startsWith("mirror-"));
    }

    /**
     * A push fails with one line that names the remote and has no secret in it; the branch stays as
     * it was.
     */
    async refuses(changes: Partial<PushOptions>, message: RegExp): Promise<void> {
        const { host, repository, options } = this;
        const before = await repository.log();
        await assert.rejects(pushFiles({ ...options, ...changes }), (error: Error) => {
            assert.match(error.message, message);
            assert.ok(!error.message.includes("\n"));
            assert.ok(!error.message.includes(host.token));
            assert.ok(error.message.startsWith(`mirror.remote ${options.remote.url}: `));
            return true;
        });
        assert.deepEqual(await repository.log(), before);
    }

    async begin(): Promise<void> {
        const { host } = this;
        this.#made += 1;
        const name = `group/repo-${this.#made}.git`;
        host.requests.length = 0;
        host.isPublic = false;
        host.before = () => undefined;
        const options = {
            remote: parseRemote(host.url(name)),
            branch: "main",
            files: { "dev.yaml.age": this.sealed },
            message: "Rotate dev to q1",
            author: "robot <robot@example.com>",
            credentials: { username: "oauth2", token: host.token, caFile: host.caFile },
        };
        this.#current = { repository: await host.create(name), options };
    }

    #require() {
        if (this.#current) return this.#current;
        throw new Error("there is a repository within tests only");
    }
}

/** Pushes, for the tests of the surrounding `describe`. */
export function usePushing(): Pushing {
    const pushing = new Pushing();
    let restore: () => void;
    before(async () => {
        await pushing.host.start();
        // Others may push on this machine.
        restore = setEnvironment({ TMPDIR: pushing.host.directory });
    });
    after(async () => {
        restore();
        await pushing.host.remove();
    });
    beforeEach(() => pushing.begin());
    return pushing;
}
