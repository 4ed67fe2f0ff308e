// A stack that does not know what another one has made: its state was lost, or somebody copied its configuration.
import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT } from "../../sandbox/sandbox.ts";
import { configurationFile } from "../../sandbox/stack.ts";
import { Deployment } from "../engine/deployment.ts";
import type { Fault } from "./fault.ts";
import { failed, type Field, RECEIVER_SECRET, SENDER_SECRET } from "./field.ts";

const where = "state";
const STACK = "lost";
const REFUSED = /is there already, and this stack did not make it/;

/** A new stack, with the configuration of the one whose Secrets are there. */
async function openStack({ sandbox }: Field): Promise<Deployment> {
    const directory = join(sandbox.directory, STACK);
    await mkdir(directory, { recursive: true });
    const file = join(directory, `Pulumi.${STACK}.yaml`);
    await writeFile(file, await readFile(configurationFile(sandbox.directory)));
    await copyFile(join(PROJECT, "Pulumi.yaml"), join(directory, "Pulumi.yaml"));
    const engine = sandbox.engine.withEnvironment({
        PULUMI_STACK: STACK,
        PULUMI_OPTION_CONFIG_FILE: file,
    });
    await engine.must("stack", "init", STACK, "--cwd", directory);
    return new Deployment(engine, file);
}

export const lostFaults: readonly Fault[] = [
    {
        name: "a new stack is pointed at live senders and receivers",
        where,
        quick: true,
        run: async (field) => {
            const before = await field.files(SENDER_SECRET);
            const accepted = await field.files(RECEIVER_SECRET);
            const stack = await openStack(field);
            try {
                await stack.configure({ rotation: "other", "mirror.create": false });
                for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
                    failed(await stack.run(...command), REFUSED);
                }
            } finally {
                await stack.must("stack", "rm", STACK, "--yes", "--force", "--preserve-config");
            }
            assert.deepEqual(await field.files(SENDER_SECRET), before);
            assert.deepEqual(await field.files(RECEIVER_SECRET), accepted);
            await field.rotate();
        },
    },
];
