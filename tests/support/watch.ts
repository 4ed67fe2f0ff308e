import { readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { probe } from "../../proof/probe.ts";
import {
    type Count,
    countSamples,
    firstDelivery,
    now,
    readMetrics,
} from "../../sandbox/runs/measure.ts";
import { waitFor } from "../../sandbox/parts/process.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Volume } from "../../sandbox/kubernetes/volume.ts";
import { mark } from "./deployment.ts";

const LIMIT_SECONDS = 600; // longer than any test

/** What of a sender changes when it restarts, reloads, or fails to deliver. */
const WITNESSES = [
    "process_start_time_seconds",
    "prometheus_config_last_reload_success_timestamp_seconds",
    "prometheus_remote_storage_samples_failed_total",
    "prometheus_remote_storage_samples_dropped_total",
    "prometheus_remote_storage_samples_retried_total",
] as const;

/** A sender, its receiver and its store, as a {@link Sandbox} has them. */
export interface Watched {
    readonly fleet: {
        readonly receiverUrl: string;
        readonly store: { readonly url: string };
        readonly sender: { readonly running: Promise<{ readonly url: string }> };
        readonly volumes: { readonly credential: Volume };
    };
    /** The username of basic authentication; none where the credential is a bearer token. */
    readonly username?: string | undefined;
}

/** What was seen of a sender while something was done. */
export interface Observation<T> {
    /** What came of it. */
    readonly outcome: T;
    /**
     * How often the receiver answered what to the credential the sender held, such as `accepted: it
     * answered 204`.
     */
    readonly verdicts: Readonly<Record<string, number>>;
    /** The marks of the credentials the sender held, in their order. */
    readonly held: readonly string[];
    /** Those of {@link WITNESSES} that changed. */
    readonly changed: readonly string[];
    /** When all was over, in Unix seconds. */
    readonly to: number;
    readonly count: Count;
}

/**
 * Watches the sender from before `work` until its pod shows `last`, then counts what it sent
 * meanwhile.
 */
export async function watch<T>(
    { fleet, username }: Watched,
    work: () => Promise<T>,
    last: () => Promise<string>,
): Promise<Observation<T>> {
    const sender = await fleet.sender.running;
    await firstDelivery([fleet.store.url]);
    const before = await readWitnesses(sender.url);
    const verdicts: Record<string, number> = {};
    const held: string[] = [];
    const from = now();
    let over = false;
    const look = async () => {
        const enough = over;
        const login = await readLogin(fleet.volumes.credential.mount.directory);
        const { token } = login;
        if (held.at(-1) !== mark(token)) held.push(mark(token));
        const { kind, reason } = await probe(fleet.receiverUrl, { username, ...login });
        const verdict = `${kind}: ${reason}`;
        verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
        return enough;
    };
    const watching = waitFor("the end of what is watched", look, {
        withinSeconds: LIMIT_SECONDS,
        everySeconds: 0.01,
    });
    const outcome = await work();
    await fleet.volumes.credential.shows("token", await last());
    over = true;
    await watching;
    const to = now();
    const count = await countSamples({ sender: sender.url, store: fleet.store.url, from, to });
    const after = await readWitnesses(sender.url);
    const changed = WITNESSES.filter((_, index) => after[index] !== before[index]);
    return { outcome, verdicts, held, changed, to, count };
}

/** What a pod shows at one moment: both files of one version of their Secret. */
async function readLogin(
    directory: string,
): Promise<{ readonly token: string; readonly username?: string }> {
    const version = await realpath(join(directory, "..data"));
    const token = await readFile(join(version, "token"), "utf8");
    const files = await readdir(version);
    if (!files.includes("username")) return { token };
    return { token, username: await readFile(join(version, "username"), "utf8") };
}

/** Does `work` while somebody unknown to the stack pushes with a credential. */
export async function whilePushing<T>(
    { fleet }: Sandbox,
    token: string,
    work: () => Promise<T>,
): Promise<T> {
    let over = false;
    const push = async () => {
        await probe(fleet.receiverUrl, { token });
        return over;
    };
    const pushing = waitFor("the end of the pushing", push, {
        withinSeconds: LIMIT_SECONDS,
        everySeconds: 0.05, // many times while somebody watches
    });
    try {
        return await work();
    } finally {
        over = true;
        await pushing;
    }
}

async function readWitnesses(sender: string): Promise<string[]> {
    const read = async (name: string) => (await readMetrics(sender, name)).join(" ");
    return Promise.all(WITNESSES.map(read));
}
