import { describeSecrecy } from "./secrecy.ts";
import { Stage } from "./stage.ts";

export * from "./devStack.ts";
export * from "./stage.ts";

const START_MILLISECONDS = 300_000; // a limit for a machine that is busy with other things

const stage = new Stage();
const searched = new WeakSet<Mocha.Suite>();

/**
 * The stage, for the tests of the surrounding `describe`. It ends with the process; when all suites
 * of the file are over, it is searched for secrets.
 */
export function useSandbox(): Stage {
    before(async function () {
        this.timeout(START_MILLISECONDS);
        const root = rootOf(this.test?.parent);
        if (root && !searched.has(root)) {
            searched.add(root);
            describeSecrecy(stage); // by now all suites are there, so that it comes after them
        }
        await stage.start();
    });
    return stage;
}

function rootOf(suite: Mocha.Suite | undefined): Mocha.Suite | undefined {
    return suite?.parent ? rootOf(suite.parent) : suite;
}
