import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { RECIPES } from "../../../sandbox/toolchain/allRecipes.ts";
import {
    MATRIX_TOOLS,
    RUNNING_TOOLS,
    TERMINAL_TOOLS,
    WORKFLOW_TOOLS,
} from "../../../sandbox/toolchain/toolchain.ts";
import { neededTools } from "../../support/neededTools.ts";

describe("neededTools", () => {
    const SANDBOX = [...RUNNING_TOOLS, ...TERMINAL_TOOLS];

    it("are none where no engine runs", () => {
        assert.deepEqual(neededTools(["tests/rotation/plan.test.ts"]), []);
    });

    it("are a sandbox's, and what a file asks for by name", () => {
        const helm = "tests/commands/extract/helmValues.engine.test.ts";
        assert.deepEqual(neededTools([helm]), [...SANDBOX, "helm"]);
    });

    it("are all there are but the matrix's and the workflows', where all tests run: no recipe is there for nothing", () => {
        const needed = neededTools(globSync("tests/**/*.engine.test.ts"));
        const beside = [...MATRIX_TOOLS, ...WORKFLOW_TOOLS];
        assert.deepEqual([...needed, ...beside].sort(), Object.keys(RECIPES).sort());
    });
});
