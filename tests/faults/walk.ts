// Long stories: many rotations, in an order nobody planned.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CONFIGURATION, RECEIVER_SECRET, SENDER_SECRET } from "../support/devStack.ts";
import type { Fault } from "./fault.ts";
import { failed, type Field, succeeded } from "./field.ts";

const where = "sequence";
const WALKS = 10;
const EVENTS = 5;
/** Of the first walk; the others count on from it. */
const FIRST_SEED = Number(process.env["FAULTS_SEED"] ?? randomInt(2 ** 31));
const AN_HOUR = 3600;

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function random(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
}

const STEPS: Readonly<Record<string, (field: Field) => Promise<void>>> = {
    rotate: async (field) => {
        await field.rotate();
    },
    fail: async (field) => {
        const { auth } = field.sandbox.fleet.volumes;
        await field.bump();
        auth.delaySeconds = AN_HOUR;
        const outcome = await field.upWith({ projectionLimitSeconds: 3 }).finally(() => {
            auth.delaySeconds = 0.2;
        });
        failed(outcome, /No sender was switched/);
    },
    "go back": async (field) => {
        const { accepted } = await field.rotation();
        const former = accepted.find((label) => label !== field.keeper);
        await field.rotate(former);
    },
    leak: async (field) => {
        if (!field.isDone) succeeded(await field.up());
        await field.seen();
        const emergency = { leaked: field.keeper, reason: "in a log" };
        await field.deployment.configured({ emergency }, async () => {
            await field.bump();
            succeeded(await field.up()); // senders switch
            await field.seen();
            succeeded(await field.up()); // receivers refuse what leaked
        });
        await field.deployment.configure({ rotation: field.keeper });
        succeeded(await field.up());
    },
    "put the checkpoint back": async (field) => {
        const file = join(field.sandbox.directory, "walked.json");
        const { output } = await field.sandbox.engine.must("stack", "export");
        await writeFile(file, output, { mode: 0o600 });
        await field.rotate();
        await field.seen();
        await field.sandbox.engine.must("stack", "import", "--file", file);
        succeeded(await field.run("refresh", "--yes", "--skip-preview"));
        succeeded(await field.up());
    },
    "delete the receiver's Secret": async (field) => {
        await field.deleteSecret(RECEIVER_SECRET);
        await field.rotate();
    },
    rename: async (field) => {
        const names = { "senders.0.name": "edge", "receivers.0.name": "central" };
        const objects = {
            "senders.0.secret": SENDER_SECRET,
            "senders.0.configMap": CONFIGURATION,
            "receivers.0.secret": RECEIVER_SECRET,
        };
        await field.bump();
        succeeded(await field.upWith({ ...names, ...objects }));
        succeeded(await field.up());
    },
    jump: async (field) => {
        await field.bump(); // never brought about
        await field.rotate();
    },
    retire: async (field) => {
        // Else it is refused, as a sender may use it
        if (!field.isDone) succeeded(await field.up());
        await field.seen();
        const { accepted } = await field.rotation();
        const retired = accepted.filter((label) => label !== field.keeper);
        await field.deployment.configured({ retired }, async () => {
            succeeded(await field.up());
        });
        succeeded(await field.up()); // what is no longer named is forgotten
    },
};

async function walk(field: Field, number: number): Promise<void> {
    const seed = FIRST_SEED + number;
    const next = random(seed);
    const names = Object.keys(STEPS);
    const path = Array.from({ length: EVENTS }, () => names[Math.floor(next() * names.length)]);
    console.log(`  FAULTS_SEED=${seed} begins with: ${path.join(", ")}`);
    for (const name of path) {
        await STEPS[name ?? ""]?.(field);
        await field.seen();
    }
}

export const walkFaults: readonly Fault[] = [
    {
        name: "10 rotations in a row",
        where,
        run: async (field) => {
            for (let count = 0; count < 10; count++) {
                await field.rotate();
                await field.seen();
            }
        },
    },
    ...Array.from({ length: WALKS }, (_, number) => ({
        name: `random walk ${number + 1}, of ${EVENTS} events`,
        where,
        run: (field: Field) => walk(field, number),
    })),
    {
        name: "two updates at once",
        where,
        run: async (field) => {
            await field.bump();
            const { engine } = field.sandbox;
            let second: Promise<{ exitCode: number; output: string }> | undefined;
            const started = {
                when: "pre",
                op: "update",
                type: "pulumi:index:Stash",
                name: /labels$/,
            } as const;
            const first = await field.upWhile(started, async () => {
                second = engine.run("up", "--yes", "--skip-preview");
                await second;
            });
            succeeded(first);
            const refused = await second;
            assert.notEqual(refused?.exitCode, 0);
            assert.match(refused?.output ?? "", /locked/);
        },
    },
];
