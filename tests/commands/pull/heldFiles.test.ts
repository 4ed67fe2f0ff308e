// Whoever reads the file while it is replaced, by a run that is killed or finds no room, too.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { readHeld, replaceHeld } from "../../../commands/pull/heldFiles.ts";
import { describeRotation } from "../../../rotation/record.ts";
import { PROJECT } from "../../../sandbox/sandbox.ts";

/** As long as no single write is: what is replaced piece by piece shows. */
const [FORMER, NEXT] = ["a", "b"].map((letter) => letter.repeat(300_000));

const RECORD = describeRotation(
    {
        ...{ organization: "acme", project: "p", stack: "prod" },
        plan: { current: "b", accepted: ["b", "a"], retired: [], revision: 2 },
        ...{ previous: "a", senders: [], emergency: undefined, sealed: {}, proven: [] },
        now: new Date(),
    },
    {},
);

describe("replaceHeld", function () {
    this.timeout(60_000);
    let directory = "";
    beforeEach(async () => {
        directory = await mkdtemp(join(tmpdir(), "held-"));
        await replaceHeld(directory, { files: { token: FORMER ?? "" }, record: RECORD });
    });
    afterEach(() => rm(directory, { recursive: true }));

    const token = () => readFile(join(directory, "token"), "utf8");
    /** A process of its own that replaces the token by each of the texts, and begins anew. */
    const replacing = (limit: string) => {
        const script = `
            import { replaceHeld } from "./commands/pull/heldFiles.ts";
            const [directory, record] = process.argv.slice(1);
            for (;;) for (const one of ["b", "a"]) {
                const files = { token: one.repeat(300000) };
                await replaceHeld(directory, { files, record: JSON.parse(record) });
            }`;
        const args = ["--input-type=module", "--eval", script, directory, JSON.stringify(RECORD)];
        const options = { cwd: PROJECT, preferLocal: true, reject: false } as const;
        return execa("sh", ["-c", `${limit} exec node "$@"`, "sh", ...args], options);
    };
    /** What the next run makes of what was left. */
    const mend = async () => {
        await replaceHeld(directory, { files: { token: NEXT ?? "" }, record: RECORD });
        assert.deepEqual(await readdir(directory), ["rotation.json", "token"]);
        assert.deepEqual(await readHeld(directory, ["token"]), {
            files: { token: NEXT },
            record: RECORD,
        });
    };

    it("shows readers one or the other, whole, and so does a run that is killed", async () => {
        const run = replacing("");
        let [switches, reads, before] = [0, 0, FORMER];
        while (switches < 50) {
            const now = await token();
            assert.ok(now === FORMER || now === NEXT, `${now.length} characters`);
            if (now !== before) switches++;
            [before, reads] = [now, reads + 1];
        }
        run.kill("SIGKILL");
        assert.equal((await run).signal, "SIGKILL");
        assert.ok(reads >= switches);
        assert.ok([FORMER, NEXT].includes(await token()));
        await mend();
    });

    it("leaves what is there whole where there is no room for more", async () => {
        const { signal = "", stderr } = await replacing("ulimit -f 64;"); // no file of 300 kB
        assert.match(
            signal + stderr,
            /^SIGXFSZ|token cannot be written: files may not be as large/,
        );
        assert.equal(await token(), FORMER);
        await mend();
    });
});
