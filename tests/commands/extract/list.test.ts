import assert from "node:assert/strict";
import { listCandidates } from "../../../commands/extract/list.ts";
import type { Candidate, Source } from "../../../commands/extract/place.ts";
import { pretend } from "../../support/madeUpMachine.ts";

describe("listCandidates", () => {
    it("has each place once, without what a terminal would obey", async () => {
        const places = ["a: b", "a: b", "a: \u001b[2J\u202e", "a: b"];
        const find = () =>
            places.map((place): Candidate => ({ place, kind: "bearer token", plaintext: false }));
        const source: Source = {
            name: "made-up",
            description: "",
            argument: ["<file>", ""],
            options: [],
            find,
        };
        const listed = await listCandidates(source, [], {}, pretend({}));
        assert.deepEqual(
            listed.map(({ place }) => place),
            ["a: b", "a: b #2", "a: ?[2J?", "a: b #3"],
        );
    });
});
