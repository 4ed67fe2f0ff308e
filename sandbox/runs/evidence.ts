import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gitHubSource } from "../../commands/recover/gitHubSource.ts";
import { onlyStack, readMirror } from "../../commands/recover/mirroredStacks.ts";
import { gatherEvidence } from "../../commands/report/evidence.ts";
import { renderPage } from "../../commands/report/page.ts";
import { type Counted, describeTraffic, type Window } from "../../commands/report/traffic.ts";
import { parseVerificationKey } from "../../mirror/signingKey.ts";
import { waitFor } from "../parts/process.ts";
import type { Sandbox } from "../sandbox.ts";
import { now, readSeries, type Series } from "./measure.ts";

const LIMIT_SECONDS = 600; // longer than any rotation
const MAX_AGE_DAYS = 90;

const COUNTERS = {
    requests: "vmauth_user_requests_total",
    sent: "prometheus_remote_storage_samples_total",
    lost: "prometheus_remote_storage_samples_failed_total",
} as const;

/** Counters that are looked at while something goes on, as a Prometheus would scrape them. */
export interface Watching {
    /** Resolves to what was counted, and when. */
    stop(): Promise<{ readonly counted: Counted; readonly window: Window }>;
}

/** Looks twice a second at the counters of a receiver and of a sender. */
export function watchCounters(receiver: string, sender: string): Watching {
    const from = now();
    const points = new Map<string, Series & { readonly points: [number, number][] }>();
    let over = false;
    const look = async () => {
        const isLast = over;
        const at = now();
        const read = [
            ...(await readSeries(receiver, COUNTERS.requests)),
            ...(await readSeries(sender, COUNTERS.sent)),
            ...(await readSeries(sender, COUNTERS.lost)),
        ];
        for (const series of read) {
            const id = JSON.stringify([series.name, series.labels]);
            const known = points.get(id) ?? { ...series, points: [] };
            known.points.push([at, series.value]);
            points.set(id, known);
        }
        return isLast;
    };
    const looking = waitFor("the end of what is counted", look, {
        withinSeconds: LIMIT_SECONDS,
        everySeconds: 0.5,
    });
    return {
        stop: async () => {
            over = true;
            await looking;
            const of = (name: string) => [...points.values()].filter((one) => one.name === name);
            const sender = (name: string) =>
                of(name).map((one) => ({ ...one, labels: { instance: "prometheus" } }));
            const counted = {
                requests: of(COUNTERS.requests),
                sent: sender(COUNTERS.sent),
                lost: sender(COUNTERS.lost),
            };
            return { counted, window: { from, to: now() } };
        },
    };
}

/** Writes the page of the sandbox's last rotation, as `npm run report` does; returns its path. */
export async function writeEvidence(
    { directory, engine, github }: Sandbox<never>,
    repository: string,
    watched: Awaited<ReturnType<Watching["stop"]>>,
): Promise<string> {
    const { output } = await engine.must("stack", "output", "verificationKey");
    const { GITHUB_TOKEN: token } = engine.environment;
    const source = gitHubSource(repository, { baseUrl: github.baseUrl, token });
    const key = parseVerificationKey(output.trim());
    const found = onlyStack(await readMirror(source, {}, key));
    const evidence = gatherEvidence(found, {
        ...{ source: source.name, now: new Date(), signed: key !== undefined },
        maxAgeDays: MAX_AGE_DAYS,
    });
    const rotation = evidence.rotations.find(({ turned }) => turned);
    const labels = evidence.lives.map(({ label }) => label);
    const traffic = describeTraffic(watched.counted, labels, watched.window);
    const path = join(directory, "report.html");
    await writeFile(path, await renderPage({ evidence, rotation, traffic }));
    return path;
}
