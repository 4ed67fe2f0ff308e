import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../text/messageOf.ts";
import type { Login } from "../../settings/schema.ts";
import { RUNNING_SENDERS, type RunningSender } from "../parts/senderParts.ts";
import { runTrial } from "../runs/trial.ts";
import { startSandbox } from "../sandbox.ts";
import { type Cell, renderMatrix } from "./table.ts";

/** How whoever pushes says who it is. */
const LOGINS: Readonly<Record<string, Login>> = { token: {}, password: { username: "edge" } };

/** Rotates every sender that can be run here; resolves to the exit code. */
async function main(wanted: readonly string[]): Promise<number> {
    const senders = RUNNING_SENDERS.filter((one) => wanted.length === 0 || wanted.includes(one));
    const directory = await mkdtemp(join(tmpdir(), "matrix-"));
    const sandbox = await startSandbox({ directory, beside: [] });
    const cells: Cell[] = [];
    try {
        for (const sender of senders) {
            for (const form of Object.keys(LOGINS)) cells.push(await tryCell(sender, form));
        }
    } finally {
        await sandbox.stop();
        await rm(directory, { recursive: true, force: true });
    }
    console.log(`\n${renderMatrix(cells)}`);
    return cells.every(({ report }) => report?.lost === 0) ? 0 : 1;

    async function tryCell(sender: RunningSender, form: string): Promise<Cell> {
        const cell = { sender, receiver: "vmauth", form };
        const name = `${sender}-${form}`;
        console.log(`${name}: rotating`);
        try {
            const report = await runTrial(sandbox, { sender, name, login: LOGINS[form] ?? {} });
            return { ...cell, report };
        } catch (error) {
            console.error(`${name}: ${messageOf(error)}`);
            return cell;
        }
    }
}

process.exit(await main(process.argv.slice(2)));
