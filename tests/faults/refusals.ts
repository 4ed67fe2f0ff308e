// What receivers were once told to refuse, and what would make them forget it.
import assert from "node:assert/strict";
import { probe } from "../../proof/probe.ts";
import { RECEIVER_SECRET, RECORD_FILE } from "../support/devStack.ts";
import { letIn } from "../support/letIn.ts";
import type { Fault } from "./fault.ts";
import { failed, type Field, succeeded } from "./field.ts";

const where = "refusals";
const OLDER =
    /which receivers were told to refuse for good: this configuration is older than the stack/;

/** A credential that has leaked, and its label. */
interface Leak {
    readonly leaked: string;
    readonly token: string;
}

/** What the sender uses leaks; senders have the next one when it ends, and no sample is lost. */
async function leak(field: Field): Promise<Leak> {
    const leaked = field.keeper;
    const token = letIn(await field.files(RECEIVER_SECRET)).get(leaked) ?? "";
    await field.deployment.configure({ emergency: { leaked, reason: "in a log" } });
    await field.rotate(); // both are accepted, and senders switch
    await field.seen();
    return { leaked, token };
}

async function staysRefused(field: Field, { leaked, token }: Leak): Promise<void> {
    assert.ok(!letIn(await field.files(RECEIVER_SECRET)).has(leaked), `${leaked} is let in again`);
    const { kind, reason } = await probe(field.sandbox.fleet.receiverUrl, { token });
    assert.equal(kind, "refused", reason);
}

/** An update that tells receivers to refuse it, and is not on record. */
async function endWithoutRecord(field: Field): Promise<void> {
    const { github } = field.sandbox;
    const path = new RegExp(`/${RECORD_FILE.replaceAll(".", "\\.")}`);
    const undo = github.fail({ method: "PUT", path }, { status: 500, times: 1_000_000 });
    const outcome = await field.up().finally(undo);
    assert.notEqual(outcome.exitCode, 0);
}

const then: Readonly<Record<string, (field: Field) => Promise<void>>> = {
    "a rotation with emergency still set": async (field) => {
        await field.rotate();
    },
    "emergency taken out of the configuration": async (field) => {
        await field.deployment.configure({ emergency: undefined });
        succeeded(await field.up());
    },
    "the receiver's Secret deleted": async (field) => {
        await field.deleteSecret(RECEIVER_SECRET);
        succeeded(await field.up());
    },
    "a second leak": async (field) => {
        const first = field.keeper;
        await field.deployment.configure({ "emergency.leaked": first });
        await field.rotate();
        await field.seen();
        succeeded(await field.up());
    },
};

const unfinished = Object.entries(then).map(([what, act]): Fault => ({
    name: `a leak that is ended and not on record, then ${what}`,
    where,
    quick: what === "a rotation with emergency still set",
    run: async (field) => {
        const leaked = await leak(field);
        await endWithoutRecord(field);
        try {
            await act(field);
            await staysRefused(field, leaked);
        } finally {
            await field.deployment.configure({ emergency: undefined });
        }
        await field.up();
        await staysRefused(field, leaked);
    },
}));

export const refusalFaults: readonly Fault[] = [
    ...unfinished,
    {
        name: "a leak, then an older configuration",
        where,
        run: async (field) => {
            const leaked = await leak(field);
            succeeded(await field.up());
            const { keeper } = field;
            await field.deployment.configure({ emergency: undefined });
            await field.bump(leaked.leaked);
            failed(await field.up(), OLDER);
            await staysRefused(field, leaked);
            await field.bump(keeper);
            succeeded(await field.up());
        },
    },
    {
        name: "a label that looks like a number is retired by the command",
        where,
        run: async (field) => {
            await field.rotate("7");
            await field.seen();
            await field.rotate();
            await field.seen();
            const token = letIn(await field.files(RECEIVER_SECRET)).get("7") ?? "";
            const { exitCode, output } = await field.deployment.command("retire", "7", "--yes");
            assert.equal(exitCode, 0, output);
            assert.match(output, /Receivers refuse 7 for good\. Commit Pulumi\.dev\.yaml\./);
            await staysRefused(field, { leaked: "7", token });
            await field.deployment.configure({ retired: undefined });
            await field.up();
        },
    },
    {
        name: "a retirement that is refused, then a leak",
        where,
        run: async (field) => {
            const { deployment, keeper } = field;
            const refused = await deployment.command("retire", keeper, "--yes");
            assert.notEqual(refused.exitCode, 0);
            assert.match(
                refused.output,
                /was not retired: see above; the configuration is as it was/,
            );
            const token = letIn(await field.files(RECEIVER_SECRET)).get(keeper) ?? "";
            // As an earlier command left it
            await deployment.configure({ retired: [keeper] });
            const label = field.nextLabel();
            const args = ["rotate", label, "--yes", "--emergency", "in a log"] as const;
            const { exitCode, output } = await deployment.command(...args);
            assert.equal(exitCode, 0, output);
            field.keeper = label;
            assert.match(output, new RegExp(`retired names ${keeper}, which the emergency leaves`));
            await staysRefused(field, { leaked: keeper, token });
            await deployment.configure({ retired: undefined, emergency: undefined });
            await field.up();
        },
    },
];
