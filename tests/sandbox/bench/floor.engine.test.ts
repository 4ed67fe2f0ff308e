// The bench as it runs, with one sender: that the floor is what the program makes, no less.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Measurement, measure } from "../../../sandbox/bench/measure.ts";
import { prepareSubject, type Subject } from "../../../sandbox/bench/subjects.ts";
import { startWorld, type World } from "../../../sandbox/bench/world.ts";
import { provideTools, RUNNING_TOOLS } from "../../../sandbox/toolchain/toolchain.ts";

const OWN = "prometheus-write-secret:index:";

/** The type of what records are signed with, and of every generation. */
const KEY = "random:index/randomPassword:RandomPassword";

/** The types of a stack's resources, sorted; without the stack, providers and our components. */
async function types({ engine }: Subject): Promise<readonly string[]> {
    const { output } = await engine.must("stack", "export");
    const { deployment } = JSON.parse(output) as {
        deployment: { resources: readonly { type: string }[] };
    };
    return deployment.resources
        .map(({ type }) => type)
        .filter((type) => !/^pulumi:(pulumi|providers):/.test(type) && !type.startsWith(OWN))
        .sort();
}

describe("the bench", function () {
    this.timeout(300_000);
    let directory: string;
    let world: World;
    let floor: Subject;
    let program: Subject;
    const run = (subject: Subject, operation: Parameters<typeof measure>[2]) =>
        measure(world, subject, operation, () => undefined);
    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "bench-"));
        world = await startWorld(join(directory, "world"), 2, await provideTools(RUNNING_TOOLS));
        floor = await prepareSubject(world, "floor");
        program = await prepareSubject(world, "program");
    });
    after(async () => {
        await world.stop();
        await rm(directory, { recursive: true, force: true });
    });

    it("has a floor of all that the program makes but its memory and its signature", async () => {
        await run(floor, "first up");
        await run(program, "first up");
        const memory = ["pulumi:index:Stash", "pulumi:index:Stash"]; // labels used, the record
        const signature = [KEY, "github:index/repositoryFile:RepositoryFile"];
        const own = [...memory, ...signature];
        assert.deepEqual([...(await types(floor)), ...own].sort(), await types(program));
    });

    it("rotates both, and keeps of the floor what the program keeps", async () => {
        for (const subject of [floor, program]) {
            await run(subject, "rotation");
            await run(subject, "rotation");
        }
        const passwords = async (subject: Subject) =>
            (await types(subject)).filter((type) => type.startsWith("random:"));
        assert.deepEqual([...(await passwords(floor)), KEY], await passwords(program));
    });

    it("measures what a preview takes", async () => {
        const measured: Measurement = await run(program, "preview without changes");
        const { seconds, phases, resources, checkpointBytes, kubernetesCalls, gitHubCalls } =
            measured;
        const shares = Object.values(phases) as number[];
        const sum = shares.reduce((total, share) => total + share, 0);
        assert.ok(Math.abs(sum - seconds) < 0.01, `${sum} and ${seconds} s`);
        for (const number of [resources, checkpointBytes, kubernetesCalls, gitHubCalls]) {
            assert.ok(number > 0);
        }
    });

    it("refuses to measure what does not do what it should", async () => {
        await floor.engine.must("destroy", "--yes", "--skip-preview");
        await assert.rejects(
            run(floor, "preview without changes"),
            /^Error: floor: preview without changes changed \d+ resources:/,
        );
    });
});
