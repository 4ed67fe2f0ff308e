import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import lockfile from "proper-lockfile";
import { codeOf } from "../parts/words.ts";

const STALE_MILLISECONDS = 10_000; // a live holder renews its lock every 5 s

/**
 * The per-user directory that downloads and builds are kept in: `PROMETHEUS_WRITE_SECRET_CACHE`, or
 * `prometheus-write-secret` under `XDG_CACHE_HOME` or `~/.cache`. Safe to delete when nothing runs.
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
    if (environment.PROMETHEUS_WRITE_SECRET_CACHE) return environment.PROMETHEUS_WRITE_SECRET_CACHE;
    // The XDG specification has empty count as unset.
    const base = environment.XDG_CACHE_HOME || join(homedir(), ".cache");
    return join(base, "prometheus-write-secret");
}

/** Whether a file or directory of this path exists. */
export async function exists(path: string): Promise<boolean> {
    return access(path).then(
        () => true,
        () => false,
    );
}

/**
 * A short digest of `parts`, which must be plain data, and of every Go source, `go.mod` and
 * `go.sum` below `directory`: the name of a cache entry made from them.
 */
export async function digest(parts: unknown, directory?: string): Promise<string> {
    const hash = createHash("sha256").update(JSON.stringify(parts));
    if (directory !== undefined) {
        const files = await readdir(directory, { recursive: true });
        for (const file of files.filter((name) => /\.go$|(^|\/)go\.(mod|sum)$/.test(name)).sort()) {
            hash.update(`\0${file}\0`).update(await readFile(join(directory, file)));
        }
    }
    return hash.digest("hex").slice(0, 16);
}

/** How {@link makeOnce} behaves when another run holds the lock. */
export interface LockOptions {
    /** Called once, when another run is already making the same thing. */
    readonly waiting?: () => void;
    /**
     * Milliseconds after which a lock nobody renews counts as abandoned. Defaults to 10,000; at
     * least 2,000.
     */
    readonly staleAfter?: number;
}

/**
 * Makes `directory` by `make`, at most once among all runs on this machine.
 *
 * `make` fills a temporary directory beside it, which is renamed into place when it succeeds: an
 * interrupted run leaves nothing half-made. Another run that wants the same directory waits; when
 * the maker was killed, it takes over. Rejects with what `make` rejects with.
 */
export async function makeOnce(
    directory: string,
    make: (temporary: string) => Promise<void>,
    options: LockOptions = {},
): Promise<void> {
    if (await exists(directory)) return;
    const release = await waitForLock(directory, options);
    try {
        if (await exists(directory)) return; // another run made it while this one waited
        await removeAbandoned(directory);
        const temporary = await mkdtemp(temporaryPrefix(directory));
        try {
            await make(temporary);
            await rename(temporary, directory);
        } finally {
            await rm(temporary, { recursive: true, force: true });
        }
    } finally {
        await release();
    }
}

/**
 * Runs `work` while no other run does anything under the lock of the same `file`, which need not
 * exist.
 */
export async function exclusively<T>(
    file: string,
    work: () => Promise<T>,
    options: LockOptions = {},
): Promise<T> {
    const release = await waitForLock(file, options);
    try {
        return await work();
    } finally {
        await release();
    }
}

/**
 * Takes the lock of `file`, which need not exist, as soon as no other run has it; resolves to its
 * release.
 */
export async function waitForLock(file: string, options: LockOptions): Promise<Unlock> {
    const free = await tryLock(file, options);
    if (free !== undefined) return free;
    options.waiting?.();
    const retries = { forever: true, minTimeout: 200, maxTimeout: 1000, factor: 1.5 };
    return lock(file, options, retries);
}

/** Takes the lock of `file` unless another run has it. */
export async function tryLock(
    file: string,
    options: LockOptions = {},
): Promise<Unlock | undefined> {
    return lock(file, options).catch((error: unknown) => {
        if (codeOf(error) === "ELOCKED") return undefined;
        throw error;
    });
}

/** Lets others have a lock. */
export type Unlock = () => Promise<void>;

async function lock(
    file: string,
    { staleAfter: stale = STALE_MILLISECONDS }: LockOptions,
    retries?: lockfile.LockOptions["retries"],
): Promise<Unlock> {
    await mkdir(dirname(file), { recursive: true });
    const release = await lockfile.lock(file, {
        realpath: false,
        stale,
        // After a suspended laptop two runs may hold the lock; the later rename then fails, and
        // nothing is lost.
        onCompromised: () => undefined,
        ...(retries !== undefined && { retries }),
    });
    // A compromised lock is no longer ours to release
    return () => release().catch(() => undefined);
}

function temporaryPrefix(directory: string): string {
    return join(dirname(directory), `.${basename(directory)}.`);
}

/** Removes what killed runs left: only the holder of the lock makes such directories. */
async function removeAbandoned(directory: string): Promise<void> {
    const prefix = basename(temporaryPrefix(directory));
    for (const name of await readdir(dirname(directory))) {
        if (!name.startsWith(prefix)) continue;
        await rm(join(dirname(directory), name), { recursive: true, force: true });
    }
}
