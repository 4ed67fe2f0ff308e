// Receivers that are down, that lie, that come late.
import { probe } from "../../proof/probe.ts";
import { answering } from "../support/answering.ts";
import { SENDER_SECRET } from "../support/devStack.ts";
import type { Fault } from "./fault.ts";
import { failed, type Field, type Moment, standStill, succeeded } from "./field.ts";

const where = "receiver";
const QUICK_LIMIT = { projectionLimitSeconds: 3 }; // a vmauth takes 2.7 s to refuse
const NO_SENDER = /No sender was switched/;
const AN_HOUR = 3600;

const RECEIVER_WRITTEN: Moment = {
    when: "out",
    op: "update",
    type: "kubernetes:core/v1:Secret",
    name: /^vmauth$/,
};

/** An update with a receiver that answers all probes as `judge` says. */
function answers(
    name: string,
    judge: (token: string | undefined) => number,
    reason: RegExp,
    quick = false,
): Fault {
    return {
        name,
        where,
        quick,
        run: async (field) => {
            await field.bump();
            const { url, ...server } = await answering(judge);
            const edit = { "receivers.0.probeUrls": [url], ...QUICK_LIMIT };
            failed(await field.upWith(edit).finally(() => server.stop()), reason);
        },
    };
}

async function proveOneOfThree(field: Field): Promise<void> {
    const { token: former } = await field.files(SENDER_SECRET);
    await field.bump();
    const { receiverUrl } = field.sandbox.fleet;
    const { url, ...late } = await answering((token) => (token === former ? 204 : 401));
    const probeUrls = [receiverUrl, `${receiverUrl}?replica=2`, url];
    const edit = { "receivers.0.probeUrls": probeUrls, ...QUICK_LIMIT };
    failed(await field.upWith(edit).finally(() => late.stop()), NO_SENDER);
}

async function crash(field: Field, moment: Moment): Promise<void> {
    await field.bump();
    let start: (() => Promise<void>) | undefined;
    try {
        const outcome = await field.deployment.configured(QUICK_LIMIT, () =>
            field.upWhile(moment, async () => {
                start = await field.crashReceiver();
            }),
        );
        failed(outcome, NO_SENDER);
    } finally {
        await start?.();
    }
}

export const receiverFaults: readonly Fault[] = [
    {
        name: "crashed while the gate asks it",
        where,
        quick: true,
        run: (field) => crash(field, RECEIVER_WRITTEN),
    },
    {
        name: "down before the update",
        where,
        run: async (field) => {
            await field.bump();
            const start = await field.crashReceiver();
            await field.upFails(/cannot be reached/).finally(start);
        },
    },
    {
        name: "stands still 14 s while the gate asks it",
        where,
        run: async (field) => {
            await field.bump();
            const outcome = await field.deployment.configured(QUICK_LIMIT, () =>
                field.upWhile(RECEIVER_WRITTEN, () => standStill(field.receiver.pid, 14)),
            );
            failed(outcome, NO_SENDER);
        },
    },
    {
        name: "restarts while the gate asks it",
        where,
        run: async (field) => {
            await field.bump();
            const restart = async () => (await field.crashReceiver())();
            succeeded(await field.upWhile(RECEIVER_WRITTEN, restart));
        },
    },
    answers("answers 500 to everything", () => 500, /it answered 500/),
    answers("answers 401 to everything", () => 401, NO_SENDER),
    answers("answers 500 to credentials", (token) => (token === undefined ? 401 : 500), NO_SENDER),
    answers("open", () => 204, /is open/, true),
    answers("takes any credential", (token) => (token === undefined ? 401 : 204), NO_SENDER),
    { name: "one of three probeUrls never loads it", where, run: proveOneOfThree },
    {
        name: "does not load it within the limit",
        where,
        run: async (field) => {
            const { auth } = field.sandbox.fleet.volumes;
            await field.bump();
            auth.delaySeconds = AN_HOUR;
            const outcome = await field.upWith(QUICK_LIMIT).finally(() => {
                auth.delaySeconds = 0.2;
            });
            failed(outcome, NO_SENDER);
        },
    },
    {
        name: "loads it after 90 s",
        where,
        run: async (field) => {
            const { auth } = field.sandbox.fleet.volumes;
            auth.delaySeconds = 90;
            await field.bump();
            const outcome = await field.upWith({ projectionLimitSeconds: 120 }).finally(() => {
                auth.delaySeconds = 0.2;
            });
            succeeded(outcome);
        },
    },
    {
        name: "metrics cannot be read",
        where,
        run: async (field) => {
            await field.bump();
            const edit = { "receivers.0.metricsUrls": ["http://127.0.0.1:9/metrics"] };
            const { output } = succeeded(await field.upWith(edit));
            if (!/stays accepted/.test(output)) throw new Error(`no word of it:\n${output}`);
            const { token } = await field.files(SENDER_SECRET);
            const verdict = await probe(field.sandbox.fleet.receiverUrl, { token });
            if (verdict.kind !== "accepted") throw new Error(verdict.reason);
        },
    },
    {
        name: "does not store what it accepts: canary not found",
        where,
        run: async (field) => {
            await field.bump();
            const { url, ...empty } = await answering(() => 404);
            const edit = { "receivers.0.queryUrl": url };
            const outcome = await field.upWith(edit).finally(() => empty.stop());
            failed(outcome, /does not store what it accepts/);
        },
    },
];
