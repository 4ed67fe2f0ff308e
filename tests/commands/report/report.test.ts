// What the command makes of a mirror in a real Git repository. Whoever can write there can write
// anything into a record: these tests do.
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Evidence } from "../../../commands/report/evidence.ts";
import { deriveSigningKey, renderVerificationKey } from "../../../mirror/signingKey.ts";
import { runBeside } from "../../support/recovering.ts";
import { useMirrorRepository, valueOf } from "../../support/writtenMirror.ts";

const KEY = deriveSigningKey("the random text in the state of the stack");
const LINE = renderVerificationKey(KEY, "prometheus-write-secret/prod");
const RECORD = "prod.rotation.json";
const HOSTILE = `</style><script>alert(1)</script><img src=x onerror="alert(2)">\u202e`;

describe("the report command", function () {
    this.timeout(60_000);
    const mirror = useMirrorRepository();
    const run = (...args: readonly string[]) =>
        runBeside(mirror, "report", ["--repository", mirror.repository, ...args]);
    const gather = async (...args: readonly string[]): Promise<Evidence> => {
        const { code, out, err } = await run("--json", ...args);
        assert.deepEqual([code, err], [0, ""]);
        return JSON.parse(out) as Evidence;
    };
    const write = async (...args: readonly string[]): Promise<string> => {
        const to = join(mirror.directory, "report.html");
        const { code, out, err } = await run("--to", to, ...args);
        assert.deepEqual([code, out, err], [0, `Wrote ${to}`, ""]);
        return readFile(to, "utf8");
    };
    /** Commits the record with changes, as somebody does by hand. */
    const forge = async (changes: Readonly<Record<string, unknown>>): Promise<void> => {
        const file = join(mirror.repository, RECORD);
        const record = JSON.parse(await readFile(file, "utf8")) as object;
        const text = JSON.stringify({ ...record, ...changes }, undefined, 4);
        await mirror.commit({ [RECORD]: `${text}\n` }, HOSTILE);
    };

    it("tells every update, what became of each generation, and who did it", async () => {
        mirror.signingKey = KEY;
        await mirror.rotate(["a"]);
        await mirror.rotate(["b", "a"]);
        await mirror.rotate(["a", "b"]);
        const { owner, signed, warnings, rotations, lives } = await gather(
            "--verification-key",
            LINE,
        );
        assert.deepEqual(
            [owner, signed, warnings],
            ["acme/prometheus-write-secret/prod", true, []],
        );
        assert.deepEqual(
            rotations.map(({ what, by, fault }) => [what, by, fault]),
            [
                [["went back from b to a"], "ada", undefined],
                [["rotated from a to b"], "ada", undefined],
                [["deployed a"], "ada", undefined],
            ],
        );
        assert.deepEqual(lives, [
            {
                label: "a",
                accepted: [{ from: "2026-11-21T10:02:00.000Z" }],
                used: [
                    { from: "2026-11-21T10:02:00.000Z", to: "2026-11-21T10:04:00.000Z" },
                    { from: "2026-11-21T10:06:00.000Z" },
                ],
                refused: false,
            },
            {
                label: "b",
                accepted: [{ from: "2026-11-21T10:04:00.000Z" }],
                used: [{ from: "2026-11-21T10:04:00.000Z", to: "2026-11-21T10:06:00.000Z" }],
                refused: false,
            },
        ]);
    });

    it("tells a rotation step by step, from the sealed copy to the record", async () => {
        await mirror.rotate(["a"]);
        await mirror.rotate(["b", "a"]);
        const [last] = (await gather()).rotations;
        assert.deepEqual(
            last?.steps.map(({ at, what, who }) => [at?.slice(11, 19), what, who]),
            [
                ["10:03:00", "The mirror holds b, a, sealed", "sandbox"],
                [
                    "10:04:00",
                    "Receiver central was seen to accept b, and to refuse a made-up one (probe)",
                    "ada",
                ],
                ["10:04:00", "Senders have b", "ada"],
                ["10:04:00", "All was done", "ada"],
                ["10:04:00", "The mirror holds the record", "sandbox"],
            ],
        );
    });

    it("writes a page for its owner alone, and replaces the one before", async () => {
        await mirror.rotate(["a"]);
        assert.match(await write(), /<h2 id="steps">Step by step: a<\/h2>/);
        await mirror.rotate(["b", "a"]);
        assert.match(await write(), /<h2 id="steps">Step by step: b<\/h2>/);
        assert.match(await write("--generation", "a"), /<h2 id="steps">Step by step: a<\/h2>/);
        assert.equal((await stat(join(mirror.directory, "report.html"))).mode & 0o777, 0o600);
    });

    it("says what is overdue, and what nobody vouches for", async () => {
        await mirror.rotate(["a"]);
        await forge({ finished: "2020-01-01T00:00:00Z", since: undefined });
        const { status, warnings } = await gather();
        assert.deepEqual(
            status?.faults.map(({ kind }) => kind),
            ["overdue"],
        );
        assert.match(warnings[0] ?? "", /^nobody vouches for prod\.rotation\.json/);
        const page = await write();
        assert.match(
            page,
            /<li>the credential is \d+ days old, more than 90: npm run rotate<\/li>/,
        );
        assert.match(page, /<li>nobody vouches for prod\.rotation\.json/);
    });

    it("holds neither a credential nor a script, whatever a record says", async () => {
        await mirror.rotate(["a"]);
        await mirror.rotate(["b", "a"]);
        await forge({
            by: HOSTILE,
            stack: HOSTILE,
            organization: HOSTILE,
            senders: [HOSTILE],
            program: HOSTILE,
            finished: "2026-11-21T10:10:00Z",
            emergency: { leaked: "a", reason: HOSTILE },
            proven: [{ receiver: HOSTILE, url: HOSTILE, how: "probe", at: HOSTILE }],
        });
        const page = await write();
        assert.ok(page.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert.doesNotMatch(page, /<script|<img|\u202e/);
        assert.equal(page.match(/<\/style>/g)?.length, 1);
        for (const label of ["a", "b"]) assert.ok(!page.includes(valueOf(label)));
    });

    it("shows a record that nobody signed as what it is, and goes by those before", async () => {
        mirror.signingKey = KEY;
        await mirror.rotate(["a"]);
        await forge({ generation: "evil", accepted: ["evil"], revision: 9 });
        const { rotations, warnings, status, lives } = await gather("--verification-key", LINE);
        assert.equal(status?.keeper, "a");
        assert.deepEqual(
            lives.map(({ label }) => label),
            ["a"],
        );
        assert.match(warnings[0] ?? "", /^nobody vouches for prod\.rotation\.json/);
        assert.deepEqual(
            rotations.map(({ generation, fault }) => [generation, fault]),
            [
                ["evil", "its signature is of another text: it was changed since"],
                ["a", undefined],
            ],
        );
    });

    it("says so where an update has not finished", async () => {
        await mirror.rotate(["a"]);
        await mirror.seal(["b", "a"]);
        const { warnings } = await gather();
        assert.match(warnings.at(-1) ?? "", /^prod\.yaml\.age holds what no record .* is of: /);
    });

    const refused: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
        "a generation no record is of": [
            ["--generation", "z"],
            /^error: no record is of a rotation to z: there are b, a$/,
        ],
        "what is no age": [
            ["--max-age", "soon"],
            /^error: --max-age must be a number of days above 0, such as 80d, got soon$/,
        ],
        "what is no number of minutes": [
            ["--prometheus", "http://127.0.0.1:1", "--around", "x"],
            /^error: --around must be a number of minutes above 0, such as 15, got x$/,
        ],
        "a Prometheus that does not answer": [
            ["--prometheus", "http://127.0.0.1:1"],
            /^error: Prometheus does not answer at http:\/\/127\.0\.0\.1:1: \S.*$/,
        ],
    };
    for (const [what, [args, said]] of Object.entries(refused)) {
        it(`refuses ${what}, in one line`, async () => {
            await mirror.rotate(["a"]);
            await mirror.rotate(["b", "a"]);
            const { code, out, err } = await run(...args);
            assert.deepEqual([code, out], [1, ""]);
            assert.match(err, said);
        });
    }

    it("asks which stack, where there are several", async () => {
        await mirror.rotate(["a"], "one");
        await mirror.rotate(["a"], "two");
        const { err } = await run();
        assert.equal(
            err,
            "error: the mirror holds several stacks: choose one of one, two by --stack",
        );
        assert.equal((await gather("--stack", "two")).stack, "two");
    });
});
