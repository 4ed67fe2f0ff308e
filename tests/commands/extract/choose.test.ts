import assert from "node:assert/strict";
import { choose } from "../../../commands/extract/choose.ts";
import type { Candidate } from "../../../commands/extract/place.ts";

const first: Candidate = {
    place: "prometheus.yml: remote_write[0].bearer_token",
    kind: "bearer token",
    value: "one",
    plaintext: true,
};
const second: Candidate = {
    ...first,
    place: "prometheus.yml: remote_write[1].bearer_token_file (/etc/token)",
    value: "two",
};
const oauth: Candidate = {
    ...first,
    place: "prometheus.yml: oauth2",
    kind: "OAuth2 client secret",
};
const elsewhere: Candidate = { ...first, place: "b: c", value: undefined, missing: "it is masked" };

const doubtful: Candidate = { ...first, place: "d: e", doubt: "nothing says that" };

describe("choose", () => {
    it("takes what is in doubt only where it is named", () => {
        assert.equal(choose([doubtful], "1"), doubtful);
        assert.throws(() => choose([doubtful], undefined), {
            message:
                "d: e is not chosen by itself, as nothing says that: if it is the one, give --choose 1",
        });
    });

    it("takes what is certain of two that are the same", () => {
        assert.equal(choose([doubtful, first], undefined), first);
        assert.equal(choose([{ ...doubtful, kind: "basic auth" }, first], undefined), first);
    });

    it("takes neither where what is in doubt is another", () => {
        assert.throws(() => choose([doubtful, second], undefined), {
            message: "2 credentials could be adopted: choose one with --choose and its number",
        });
    });

    for (const value of ['"quoted"', "a\u00a0b", "password"]) {
        it(`does not take ${JSON.stringify(value)} by itself`, () => {
            const odd: Candidate = { ...first, kind: "basic auth", username: "u", value };
            assert.throws(() => choose([odd], undefined), /is not chosen by itself/);
            assert.equal(choose([odd], "1"), odd);
        });
    }

    it("takes the only one", () => {
        assert.equal(choose([first], undefined), first);
    });

    it("takes the only one of a kind that can be adopted", () => {
        assert.equal(choose([oauth, first], undefined), first);
    });

    it("takes one that stands in two places", () => {
        const copy = { ...first, place: "prometheus.yml: remote_write[1].bearer_token" };
        assert.equal(choose([first, copy], undefined), first);
    });

    for (const wanted of ["2", second.place, "remote_write[1].bearer_token_file"]) {
        it(`takes what is named by ${wanted}`, () => {
            assert.equal(choose([first, second, oauth], wanted), second);
        });
    }

    const refused: readonly (readonly [
        string,
        readonly Candidate[],
        string | undefined,
        string,
    ])[] = [
        [
            "nothing",
            [],
            undefined,
            "no remote-write credential found there: check that it is the right place",
        ],
        [
            "two without a choice",
            [first, second],
            undefined,
            "2 credentials could be adopted: choose one with --choose and its number",
        ],
        [
            "one beside one that is elsewhere",
            [first, elsewhere],
            undefined,
            "2 credentials could be adopted: choose one with --choose and its number",
        ],
        [
            "two that are elsewhere",
            [elsewhere, elsewhere],
            undefined,
            "2 credentials could be adopted: choose one with --choose and its number",
        ],
        [
            "a number that is not there",
            [first, second],
            "3",
            "--choose must be a number from 1 to 2, or a place that is listed once",
        ],
        [
            "zero",
            [first],
            "0",
            "--choose must be a number from 1 to 1, or a place that is listed once",
        ],
        [
            "a place that is listed twice",
            [first, first],
            first.place,
            "--choose must be a number from 1 to 2, or a place that is listed once",
        ],
        [
            "a kind that cannot be adopted",
            [oauth, first],
            "1",
            "prometheus.yml: oauth2 cannot be adopted: an OAuth2 client secret is exchanged for tokens at its " +
                "identity provider: rotate it there",
        ],
        [
            "a value that is elsewhere",
            [elsewhere],
            undefined,
            "b: c cannot be adopted: it is masked",
        ],
    ];
    for (const [what, found, wanted, message] of refused) {
        it(`refuses ${what}`, () => {
            assert.throws(() => choose(found, wanted), { message });
        });
    }
});
