import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar";
import type { Release } from "./recipe.ts";

const CONNECT_MILLISECONDS = 5_000;
const STALL_MILLISECONDS = 30_000; // without a byte
const ATTEMPTS = 3;

/**
 * The publisher's file is not to be had from here: its host cannot be reached, or does not serve
 * it.
 */
export class NotServed extends Error {}

/**
 * Downloads a release, checks its SHA-256, and unpacks the executables into `directory`.
 *
 * What was downloaded of an interrupted file is kept under `downloads` and the next run goes on
 * from there. A host that cannot be reached is not asked again in this process.
 *
 * @throws {NotServed} when the file cannot be downloaded.
 * @throws {Error} when the file is not the one its publisher names.
 */
export async function unpackRelease(
    release: Release,
    tool: string,
    directories: { readonly into: string; readonly downloads: string },
    report: (progress: string) => void,
): Promise<void> {
    const sha256 = await publishedDigest(release);
    const id = createHash("sha256").update(release.url).digest("hex").slice(0, 8);
    const file = join(directories.downloads, `${id}-${basename(release.url)}`);
    await mkdir(directories.downloads, { recursive: true });
    await download(release.url, sha256, file, report);
    if (release.url.endsWith(".tar.gz")) await unpack(file, release.files, directories.into);
    else {
        // The same file system: both are in the cache
        await rename(file, join(directories.into, tool));
        await chmod(join(directories.into, tool), 0o755);
    }
    await rm(file, { force: true });
}

async function unpack(file: string, files: Release["files"], into: string): Promise<void> {
    if (files === undefined) {
        await extract({ file, cwd: into, strip: 1 });
        return;
    }
    const plain = (path: string): string => path.replace(/^\.\//, "");
    await extract({ file, cwd: into, filter: (path) => Object.hasOwn(files, plain(path)) });
    for (const [path, name] of Object.entries(files)) {
        // By way of a name no archive has: a file may be called like the directory it lies in.
        await rename(join(into, path), join(into, `.unpacked-${name}`)).catch((cause: unknown) => {
            throw new Error(`${basename(file)} does not hold ${path}: correct its recipe`, {
                cause,
            });
        });
    }
    for (const path of Object.keys(files)) {
        if (dirname(path) !== ".")
            await rm(join(into, path.split("/")[0] ?? path), { recursive: true, force: true });
    }
    for (const name of Object.values(files)) {
        await rename(join(into, `.unpacked-${name}`), join(into, name));
    }
}

/** The digest the publisher states for the file of a release. */
async function publishedDigest(release: Release): Promise<string> {
    if ("sha256" in release.checksum) return release.checksum.sha256;
    const { url } = release.checksum;
    const response = await request(url, AbortSignal.timeout(STALL_MILLISECONDS));
    const text = await response.text().catch(() => "");
    for (const line of text.split("\n")) {
        const [, digest, name] = /^([0-9a-f]{64})(?:\s+\*?(\S+))?\s*$/.exec(line) ?? [];
        // dl.k8s.io states the digest alone, the others beside the name of the file.
        const ours = name === undefined || basename(name) === basename(release.url);
        if (digest !== undefined && ours) return digest;
    }
    throw new NotServed(`${url} states no digest of ${basename(release.url)}`);
}

async function download(
    url: string,
    sha256: string,
    file: string,
    report: (progress: string) => void,
): Promise<void> {
    const partial = `${file}.partial`;
    let resumed = (await size(partial)) > 0;
    for (let attempt = 1; ; attempt++) {
        try {
            await fetchRest(url, partial, report);
            break;
        } catch (error) {
            if (error instanceof NotServed || attempt === ATTEMPTS) throw asNotServed(url, error);
            resumed = true;
        }
    }
    const actual = await fileDigest(partial);
    if (actual === sha256) {
        await rename(partial, file);
        return;
    }
    await rm(partial);
    // The rest may belong to another file than the part kept from an earlier run.
    if (resumed) {
        await download(url, sha256, file, report);
        return;
    }
    throw new Error(
        `${url} is not what its publisher names: SHA-256 ${actual}, expected ${sha256}; ` +
            "run again, and if it stays so do not trust the network",
    );
}

/**
 * Appends to `partial` what is missing of the file; begins again where the server does not resume.
 */
async function fetchRest(
    url: string,
    partial: string,
    report: (progress: string) => void,
): Promise<void> {
    const start = await size(partial);
    const abort = new AbortController();
    const stalled = setTimeout(() => {
        abort.abort(new Error(`no data for ${STALL_MILLISECONDS / 1000} s`));
    }, STALL_MILLISECONDS);
    try {
        const response = await request(url, abort.signal, start);
        // Nothing is missing: the digest decides
        if (response.status === 416 || response.body === null) return;
        const resumes = response.status === 206;
        let received = resumes ? start : 0;
        const total = received + Number(response.headers.get("content-length"));
        // Written chunk by chunk: a stream that fails drops what it still holds, and the next
        // attempt wants it.
        const target = await open(partial, resumes ? "a" : "w");
        try {
            for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
                await target.write(chunk);
                stalled.refresh();
                received += chunk.length;
                report(`downloading, ${megabytes(received)} of ${megabytes(total)} MB`);
            }
        } finally {
            await target.close();
        }
    } finally {
        clearTimeout(stalled);
    }
}

async function request(url: string, signal: AbortSignal, start = 0): Promise<Response> {
    if (!(await reachable(url))) throw new NotServed(`${new URL(url).host} cannot be reached`);
    const headers = start > 0 ? { range: `bytes=${start}-` } : undefined;
    const response = await fetch(url, { signal, ...(headers && { headers }) }).catch(
        (error: unknown) => {
            hosts.set(new URL(url).host, Promise.resolve(false));
            throw asNotServed(url, error);
        },
    );
    if (response.ok || (response.status === 416 && start > 0)) return response;
    await response.body?.cancel();
    throw new NotServed(`${url} answers ${response.status}`);
}

/** Whether each host, asked once in this process, takes connections. */
const hosts = new Map<string, Promise<boolean>>();

function reachable(url: string): Promise<boolean> {
    const { host, hostname, port, protocol } = new URL(url);
    const known =
        hosts.get(host) ?? connects(hostname, Number(port) || (protocol === "http:" ? 80 : 443));
    hosts.set(host, known);
    return known;
}

// fetch waits twice as long for a connection, and cannot be told otherwise.
function connects(host: string, port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ host, port });
        const settle = (answer: boolean) => () => {
            // The resolver may hang too, which a socket's own timeout does not cover
            clearTimeout(limit);
            socket.destroy();
            resolve(answer);
        };
        const limit = setTimeout(settle(false), CONNECT_MILLISECONDS);
        socket.on("connect", settle(true)).on("error", settle(false));
    });
}

function asNotServed(url: string, error: unknown): NotServed {
    if (error instanceof NotServed) return error;
    return new NotServed(`${url} cannot be downloaded`, { cause: error });
}

async function fileDigest(file: string): Promise<string> {
    const hash = createHash("sha256");
    await pipeline(createReadStream(file), hash);
    return hash.digest("hex");
}

async function size(file: string): Promise<number> {
    return stat(file).then(
        ({ size }) => size,
        () => 0,
    );
}

function megabytes(bytes: number): string {
    return (bytes / 1e6).toFixed(0);
}
