import { type Case, succeeded } from "./oneCase.ts";
import { PREVIEW_CASES } from "./previewCases.ts";
import { ROTATE_CASES } from "./rotateCases.ts";
import { FAILED_UPDATE, FIRST_UPDATE } from "./upCases.ts";

/** The life of a stack in CI, in its order. */
export const CASES: readonly Case[] = [
    ...FIRST_UPDATE,
    ...PREVIEW_CASES,
    ...FAILED_UPDATE,
    ...ROTATE_CASES,
];

/** What `check.yml` runs, which are the tests. */
export const CHECKS: readonly Case[] = [
    {
        workflow: "check",
        name: "a push: the code is checked, on this machine's system and Node",
        run: async (site) => {
            const matrix = ["--matrix", "os:ubuntu-latest", "--matrix", "node:24"];
            succeeded(await site.run("check", "code", { name: "push" }, matrix));
            return undefined;
        },
    },
    {
        workflow: "check",
        name: "a push: the tests with a real engine",
        run: async (site) => {
            succeeded(await site.run("check", "engine", { name: "push" }));
            return undefined;
        },
    },
];
