// The command as a timer runs it, on a mirror in a real Git repository, and a receiver that answers
// as told.
import assert from "node:assert/strict";
import { chmod, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deriveSigningKey, renderVerificationKey } from "../../../mirror/signingKey.ts";
import { LocalReceiver } from "../../support/localReceiver.ts";
import { type Ran, runBeside } from "../../support/recovering.ts";
import { useMirrorRepository, valueOf } from "../../support/writtenMirror.ts";

const KEY = deriveSigningKey("the random text in the state of the stack");
const LINE = renderVerificationKey(KEY, "prometheus-write-secret/prod");

describe("pull", function () {
    this.timeout(60_000);
    const mirror = useMirrorRepository();
    const receiver = new LocalReceiver();
    before(() => receiver.start());
    after(() => receiver.stop());
    beforeEach(() => {
        mirror.signingKey = KEY;
        letIn("a", "b");
    });

    /** Has the receiver accept the generations named, and refuse all others. */
    function letIn(...labels: readonly string[]): void {
        receiver.answer = (token) => (labels.some((label) => valueOf(label) === token) ? 204 : 401);
    }
    const to = () => join(mirror.directory, "write-credential");
    const file = (name: string) => join(to(), name);
    const told = (...more: readonly string[]) => [
        ...["--repository", mirror.repository, "--identity", mirror.identityFile],
        ...["--verification-key", LINE, "--to", to(), ...more],
    ];
    const pull = (...more: readonly string[]): Promise<Ran> =>
        runBeside(mirror, "pull", told("--url", receiver.url, ...more));
    /** What Prometheus would push with; undefined where there is no such file. */
    const held = () => readFile(file("token"), "utf8").catch(() => undefined);
    /** The one line of a run that changed nothing but was to. */
    async function refused(code: 1 | 3, ...more: readonly string[]): Promise<string> {
        const former = await held();
        const ran = await pull(...more);
        assert.deepEqual([ran.code, await held()], [code, former], ran.err);
        const said = [ran.out, ran.err].filter(Boolean).join("\n");
        assert.ok(!said.includes("Value0f"), "a secret is said");
        return said;
    }

    it("takes what the last rotation gave senders, for its owner alone to read", async () => {
        await mirror.rotate(["a"]);
        const first = await pull();
        assert.deepEqual(
            [first.code, first.out, first.err],
            [0, `a is in ${to()} now, and ${receiver.url} accepts it`, ""],
        );
        await mirror.rotate(["b", "a"]);
        const { code, out } = await pull("--json");
        assert.deepEqual(
            [code, JSON.parse(out)],
            [
                0,
                {
                    ...{ stack: "prod", generation: "b", revision: 2, former: "a" },
                    ...{ outcome: "switched", url: receiver.url, reason: null },
                },
            ],
        );
        assert.equal(await held(), valueOf("b"));
        assert.deepEqual(await readdir(to()), ["rotation.json", "token"]);
        for (const name of ["", "token"]) {
            assert.equal((await lstat(file(name))).mode & 0o077, 0, name);
        }
    });

    it("changes nothing, and asks nobody, when it has that already", async () => {
        await mirror.rotate(["a"]);
        await pull();
        const [{ ino, mtimeMs }, { length }] = [await lstat(file("token")), receiver.asked];
        const { code, out } = await pull();
        assert.deepEqual([code, out], [0, `a is in ${to()} already`]);
        const now = await lstat(file("token"));
        assert.deepEqual([now.ino, now.mtimeMs, receiver.asked.length], [ino, mtimeMs, length]);
    });

    it("takes nothing of a rotation that is not on record yet", async () => {
        await mirror.rotate(["a"]);
        await pull();
        const sealed = await mirror.seal(["b", "a"]);
        const { code, out, err } = await pull();
        assert.deepEqual([code, out], [0, `a is in ${to()} already`]);
        assert.match(err, /^warning: no record holds the SHA-256 of the newest prod\.yaml\.age/);
        assert.equal(await held(), valueOf("a"));
        await mirror.record(["b", "a"], sealed);
        assert.equal((await pull()).code, 0);
        assert.equal(await held(), valueOf("b"));
    });

    for (const [what, answer, reason] of [
        ["refuses it", 401, "it answered 401"],
        ["is down", 503, "it answered 503"],
    ] as const) {
        it(`keeps what it has while the receiver ${what}`, async () => {
            await mirror.rotate(["a"]);
            await pull();
            await mirror.rotate(["b", "a"]);
            receiver.answer = (token) => (token === valueOf("a") ? 204 : answer);
            assert.equal(
                await refused(3),
                `a stays in ${to()}: ${receiver.url} does not accept b: ${reason}`,
            );
            letIn("a", "b");
            assert.equal((await pull()).code, 0);
            assert.equal(await held(), valueOf("b"));
        });
    }

    it("keeps what it has where the receiver takes anything, which proves nothing", async () => {
        await mirror.rotate(["a"]);
        receiver.answer = () => 204;
        assert.match(await refused(3), /it does not refuse a made-up credential: it answered 204$/);
    });

    it("follows a rotation that goes back, and one that was sealed anew", async () => {
        await mirror.rotate(["a"]);
        const sealed = await mirror.seal(["b", "a"]);
        await mirror.record(["b", "a"], sealed);
        await pull();
        await mirror.record(["a", "b"], sealed);
        assert.match((await pull()).out, /^a is in \S+ now, after b, and/);
        assert.equal(await held(), valueOf("a"));
    });

    it("refuses a rotation older than the one it has, which nothing but that tells", async () => {
        await mirror.rotate(["a"]);
        await mirror.git("tag", "older");
        await mirror.rotate(["b", "a"]);
        await pull();
        await mirror.git("reset", "--hard", "--quiet", "older");
        assert.equal(
            await refused(1),
            "error: the mirror's last rotation, 1 to a of 2026-11-21T10:02Z, is older than what is held, 2 to b of " +
                "2026-11-21T10:04Z: somebody put it back; --older takes it all the same",
        );
        assert.equal((await pull("--older")).code, 0);
        assert.equal(await held(), valueOf("a"));
    });

    it("goes by what the verification key signed alone", async () => {
        await mirror.rotate(["a"]);
        await pull();
        mirror.signingKey = deriveSigningKey("somebody else's");
        await mirror.rotate(["b", "a"]);
        assert.match(
            await refused(1),
            /^error: nobody vouches for prod\.rotation\.json .*: it is signed with /,
        );
    });

    it("refuses a file that leads elsewhere, and keeps whose it is and who may read it", async () => {
        await mirror.rotate(["a"]);
        await mkdir(to());
        const elsewhere = join(mirror.directory, "elsewhere");
        await writeFile(elsewhere, "by hand");
        await symlink(elsewhere, file("token"));
        assert.equal(
            await refused(1),
            `error: ${file("token")} is a symbolic link: give the directory that token itself is in`,
        );
        assert.equal(await readFile(elsewhere, "utf8"), "by hand");
        await rm(file("token"));
        await writeFile(file("token"), "by hand");
        await chmod(file("token"), 0o640);
        assert.equal((await pull()).code, 0);
        assert.equal((await lstat(file("token"))).mode & 0o777, 0o640);
    });
});
