// What the command refuses: always one line, and nothing is written.
import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { sealAge } from "../../../seal/age.ts";
import { useMirrorRepository, valueOf } from "../../support/writtenMirror.ts";
import { recover } from "../../support/recovering.ts";

const FILE = "prod.yaml.age";

describe("recover refuses", function () {
    this.timeout(60_000);
    const mirror = useMirrorRepository();

    /** Runs what must fail, and resolves to its one line, with the directory left out. */
    async function fault(...args: readonly string[]): Promise<string> {
        const before = await readdir(mirror.directory);
        const { code, out, err } = await recover(mirror, args);
        assert.deepEqual([code, out, err.split("\n").length], [1, "", 1], err);
        assert.deepEqual(await readdir(mirror.directory), before);
        return err
            .replaceAll(`${mirror.directory}/`, "")
            .replace(/commit [0-9a-f]{10}/, "commit ...");
    }
    const opening = (): string[] => ["--identity", mirror.identityFile, "--output", "environment"];

    it("another's identity", async () => {
        await mirror.rotate(["a"]);
        await writeFile(mirror.identityFile, await generateIdentity());
        const line = await fault(...opening());
        assert.match(line, /^error: this age identity does not open it: /);
    });

    it("to guess an identity, or to find it in an argument", async () => {
        await mirror.rotate(["a"]);
        assert.equal(
            await fault("--output", "environment"),
            "error: give the private key by --identity <file>, or --identity - to read it from standard input",
        );
        const line = await fault("--identity", mirror.identity, "--output", "environment");
        assert.equal(
            line,
            "error: --identity is a private key itself: give the file it is in, and replace the key, as arguments are for all to read",
        );
    });

    it("what is no identity, without repeating it", async () => {
        await mirror.rotate(["a"]);
        await writeFile(mirror.identityFile, "AGE-SECRET-KEY-1NOTREALLYONE\n");
        assert.ok(!(await fault(...opening())).includes("NOTREALLYONE"));
    });

    it("a directory that is no mirror", async () => {
        await mirror.commit({ "README.md": "hello" }, "By hand");
        assert.equal(
            await fault(),
            "error: mirror is no mirror: it holds neither <stack>.yaml.age nor <stack>.rotation.json; if the file " +
                "has another name, give it by --path",
        );
    });

    it("a stack that is not there, and to choose among several", async () => {
        await mirror.rotate(["a"]);
        await mirror.rotate(["a"], "dev");
        assert.equal(
            await fault("--stack", "test"),
            "error: mirror holds no stack test: it holds dev, prod",
        );
        assert.equal(
            await fault(...opening()),
            "error: the mirror holds several stacks: choose one of dev, prod by --stack",
        );
    });

    it("a file that nobody recorded, until told to", async () => {
        await mirror.seal(["a"]);
        assert.equal(
            await fault(...opening()),
            "error: no record holds the SHA-256 of prod.yaml.age (commit ...): the update that wrote it did not " +
                "finish, or the file was changed since; --unverified recovers it all the same",
        );
        const { code, out } = await recover(mirror, [...opening(), "--unverified"]);
        assert.deepEqual([code, out.split("\n")[0]], [0, "PROMETHEUS_WRITE_GENERATION=a"]);
    });

    it("a file that was cut off", async () => {
        const { [FILE]: sealed = "" } = await mirror.seal(["a"]);
        await mirror.commit({ [FILE]: sealed.slice(0, sealed.length / 2) }, "By hand");
        assert.equal(
            await fault(...opening(), "--unverified"),
            "error: this age identity does not open it: invalid footer",
        );
    });

    it("a generation that never was", async () => {
        await mirror.rotate(["a"]);
        await mirror.rotate(["b", "a"]);
        assert.equal(
            await fault(...opening(), "--generation", "z"),
            "error: no version of prod.yaml.age says that it holds generation z: there were b, a",
        );
    });

    it("a sealed text that is no manifest, without showing it", async () => {
        const text = `token: ${valueOf("a")}\nbroken: [`;
        const sealed = {
            [FILE]: await sealAge(text, [await identityToRecipient(mirror.identity)]),
        };
        await mirror.commit(sealed, "By hand");
        await mirror.record(["a"], sealed);
        assert.equal(
            await fault(...opening()),
            "error: what was sealed is no manifest of this program: it is not YAML",
        );
    });

    it("a place that cannot be written", async function () {
        await mirror.rotate(["a"]);
        const to = join(mirror.identityFile, "below");
        assert.equal(
            await fault(...opening(), "--to", to),
            "error: recovery.txt/below cannot be written: a file is in its way",
        );
    });

    it("a URL with a credential in it, or without encryption", async () => {
        assert.equal(
            await fault("--repository", "https://ada:hunter2@git.example/r.git"),
            "error: the URL holds a credential: leave it out, git asks its credential helper",
        );
        assert.equal(
            await fault("--repository", "http://git.example/r.git"),
            "error: http://git.example/r.git must be an https or ssh URL, got http://",
        );
        assert.equal(
            await fault("--repository", "nowhere"),
            "error: there is no directory nowhere: give a clone, or an https or ssh URL",
        );
    });

    it("a repository git cannot read", async () => {
        assert.equal(
            await fault("--branch", "nope"),
            `error: git cannot read mirror: Not a valid object name nope`,
        );
    });

    it("nothing at all", async () => {
        const { err } = await recover(mirror, ["--github", "a/b"]);
        assert.equal(
            err,
            "error: say where the mirror is: --repository <path or URL> or --github <owner/repository>",
        );
    });
});
