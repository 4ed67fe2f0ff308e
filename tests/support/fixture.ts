import type { RunningKind } from "../../sandbox/parts/receiverParts.ts";
import { describeSecrecy } from "./secrecy.ts";
import { Stage } from "./stage.ts";

export * from "./devStack.ts";
export * from "./stage.ts";

const START_MILLISECONDS = 300_000; // a limit for a machine that is busy with other things

const stages = new Map<RunningKind, Stage>();
const searched = new WeakSet<Mocha.Suite>();

/**
 * The stage with a receiver of this kind, for the tests of the surrounding `describe`. One with vmauth ends with the process, any other with the file; when all suites
 * of the file are over, it is searched for secrets.
 */
export function useSandbox(receiver: RunningKind = "vmauth"): Stage {
    const stage = stages.get(receiver) ?? new Stage(receiver);
    stages.set(receiver, stage);
    before(async function () {
        this.timeout(START_MILLISECONDS);
        const root = rootOf(this.test?.parent);
        if (root && !searched.has(root)) {
            searched.add(root);
            describeSecrecy(stage); // by now all suites are there, so that it comes after them
            // No other file asks for such a one.
            if (receiver !== "vmauth") root.afterAll(() => stage.stop());
        }
        await stage.start();
    });
    return stage;
}

function rootOf(suite: Mocha.Suite | undefined): Mocha.Suite | undefined {
    return suite?.parent ? rootOf(suite.parent) : suite;
}
