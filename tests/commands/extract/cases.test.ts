// Inputs in the shape of public files and bug reports, a folder each, with what a user expects of
// them. Does not prove what adopting does: extract.engine.test.ts does.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { choose } from "../../../commands/extract/choose.ts";
import { listCandidates } from "../../../commands/extract/list.ts";
import { machine } from "../../../commands/extract/machine.ts";
import { type Candidate, refusal } from "../../../commands/extract/place.ts";
import { AUTOMATIC, SOURCES } from "../../../commands/extract/places.ts";
import { told } from "../../support/madeUpMachine.ts";

/** What stands in a folder's `case.json`. */
interface Case {
    /** Where the shape is from. */
    readonly source: string;
    /** What follows `npm run extract --`, run in that folder. */
    readonly arguments: readonly string[];
    /** All that is found, in its order. */
    readonly candidates: readonly Expected[];
    /** What the error holds: that of finding, or of choosing without `--choose`. Else one is chosen. */
    readonly says?: string;
}

interface Expected {
    readonly kind: string;
    readonly username?: string;
    /** Of what can be adopted. */
    readonly value?: string;
    /** What the reason holds for which it cannot be. */
    readonly refused?: string;
    /** What the reason holds for which it is not chosen by itself. */
    readonly doubt?: string;
}

const CASES = resolve("tests/commands/extract/cases");
/** Each made-up secret of the inputs holds one of these. */
const SECRET = /mallard|tok3n|heron|77Qz|Qz81|adminpw|oldpass/;

/** Finds as the command line does: source, arguments, options. */
async function find(given: readonly string[]): Promise<readonly Candidate[]> {
    const named = SOURCES.find((one) => one.name === given[0]);
    const [source, rest] = named === undefined ? [AUTOMATIC, given] : [named, given.slice(1)];
    const args: string[] = [];
    const options: Record<string, string> = {};
    for (let index = 0; index < rest.length; index++) {
        const word = rest[index] ?? "";
        if (!word.startsWith("--")) args.push(word);
        else options[toCamelCase(word.slice(2))] = rest[++index] ?? "";
    }
    return listCandidates(source, args, options, { ...machine, tell: () => undefined });
}

function toCamelCase(option: string): string {
    return option.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What is found and chosen, or the errors of it. */
async function run(given: readonly string[]): Promise<[readonly Candidate[], string]> {
    let found: readonly Candidate[] = [];
    try {
        found = await find(given);
        choose(found, undefined);
        return [found, ""];
    } catch (error) {
        return [found, error instanceof Error ? error.message : String(error)];
    }
}

function compare(found: Candidate, expected: Expected): void {
    const { kind, username, value, doubt } = found;
    const refused = refusal(found);
    const isRefused = expected.refused !== undefined;
    const actual = { kind, username, value: isRefused ? undefined : value };
    const { refused: reason = "", doubt: doubted = "", ...wanted } = expected;
    assert.deepEqual(actual, { username: undefined, value: undefined, ...wanted });
    assert.ok(isRefused ? refused?.includes(reason) : refused === undefined, refused);
    assert.ok(doubted === "" ? doubt === undefined : doubt?.includes(doubted), doubt);
}

describe("extract", () => {
    const before = process.cwd();
    afterEach(() => {
        process.chdir(before);
    });
    for (const name of readdirSync(CASES)) {
        const given = JSON.parse(readFileSync(join(CASES, name, "case.json"), "utf8")) as Case;
        const outcome = given.says ?? `adopts 1 of ${given.candidates.length}`;
        it(`${name}: ${outcome}`, async () => {
            process.chdir(join(CASES, name));
            const [found, message] = await run(given.arguments);
            assert.equal(found.length, given.candidates.length, message);
            for (const [index, one] of given.candidates.entries()) {
                compare(found[index] as Candidate, one);
            }
            if (given.says === undefined) assert.equal(message, "");
            else assert.ok(message.includes(given.says), `says instead: ${message}`);
            assert.ok(!message.includes("\n"), "an error is one line");
            assert.ok(!SECRET.test(message + told(found)), "a secret is shown");
            const places = found.map(({ place }) => place);
            assert.equal(new Set(places).size, places.length, "places are unique");
        });
    }
});
