import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Go, SETTINGS } from "./build.ts";
import { exists, type LockOptions, tryLock, type Unlock, waitForLock } from "./cache.ts";

/**
 * Where Go keeps modules and compiled packages while tools are built: 13 GB for all of them, 20
 * times what is built. Whoever works with Go has caches that hold something, which are used and
 * left; for others they are made below the sandbox's cache, and removed when all is built.
 */
export interface GoCaches {
    /**
     * What has Go use them. Where they are the sandbox's, resolves when no other run builds, and
     * no other run does before they are closed. May be asked for again.
     */
    environment(lock: LockOptions): Promise<Readonly<Record<string, string>>>;
    /** Whether there is something to remove, such as what an interrupted run left. */
    leftover(): Promise<boolean>;
    /** Removes those of the sandbox, unless another run uses them. */
    remove(): Promise<void>;
    /** Lets other runs build. What is not removed is there for the next run, which goes on. */
    close(): Promise<void>;
}

/** The caches for builds whose tools are kept in `cache`; nothing is made yet. */
export function goCaches(go: Go | undefined, cache: string): GoCaches {
    const own = join(cache, "go");
    const removed = join(cache, "go-removed");
    let opened: Promise<Readonly<Record<string, string>>> | undefined;
    let release: Unlock | undefined;
    const open = async (lock: LockOptions) => {
        const environment = await missing(go, own);
        if (Object.keys(environment).length > 0) release = await waitForLock(own, lock);
        return environment;
    };
    const close = async () => {
        await release?.();
        release = opened = undefined;
    };
    return {
        environment: (lock) => (opened ??= open(lock)),
        leftover: async () => (await exists(own)) || (await exists(removed)),
        remove: async () => {
            release ??= await tryLock(own);
            if (release === undefined) return;
            // Go takes a module whose directory exists for whole: none may be seen half-removed.
            await rm(removed, { recursive: true, force: true });
            if (await exists(own)) await rename(own, removed);
            await rm(removed, { recursive: true, force: true });
            await close();
        },
        close,
    };
}

/** The environment that replaces those of the user's caches that hold nothing. */
async function missing(go: Go | undefined, own: string): Promise<Record<string, string>> {
    const environment: Record<string, string> = {};
    if (!(await holdsSomething(go?.buildCache))) environment["GOCACHE"] = join(own, "build");
    if (!(await holdsSomething(go?.moduleCache))) {
        environment["GOMODCACHE"] = join(own, "modules");
        environment["GOPATH"] = join(own, "path"); // what it has seen of the checksum database
        environment["GOFLAGS"] = `${SETTINGS.GOFLAGS} -modcacherw`; // else only Go can remove it
    }
    return environment;
}

async function holdsSomething(directory = ""): Promise<boolean> {
    return readdir(directory).then(
        (names) => names.length > 0,
        () => false,
    );
}
