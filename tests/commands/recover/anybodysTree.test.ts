// Trees that anybody may have made: what git would run or fetch for their configuration.
import assert from "node:assert/strict";
import {
    appendFile,
    chmod,
    mkdir,
    readdir,
    readFile,
    rename,
    rm,
    symlink,
    writeFile,
} from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { openRepository } from "../../../commands/recover/gitSource.ts";
import { readMirror } from "../../../commands/recover/mirroredStacks.ts";
import { RECOVERED, useMirrorRepository } from "../../support/writtenMirror.ts";
import { setEnvironment } from "../../support/environment.ts";
import { recoverFrom } from "../../support/recovering.ts";

/** Configuration by what of it is a program; `PROGRAM` stands for one that leaves a mark. */
const DANGEROUS: Readonly<Record<string, string>> = {
    "core.sshCommand": "[core]\nsshCommand = PROGRAM",
    "core.fsmonitor": "[core]\nfsmonitor = PROGRAM",
    "core.hooksPath": "[core]\nhooksPath = HOOKS",
    "core.pager": "[core]\npager = PROGRAM\n[pager]\nlog = PROGRAM\nls-tree = PROGRAM",
    "core.editor": "[core]\neditor = PROGRAM\naskPass = PROGRAM",
    "core.gitProxy": "[core]\ngitProxy = PROGRAM",
    "core.alternateRefsCommand": "[core]\nalternateRefsCommand = PROGRAM",
    "core.worktree": "[core]\nbare = false\nworktree = /",
    "credential.helper": "[credential]\nhelper = !PROGRAM",
    "uploadpack.packObjectsHook": "[uploadpack]\npackObjectsHook = PROGRAM",
    "diff.external":
        '[diff]\nexternal = PROGRAM\n[diff "x"]\ncommand = PROGRAM\ntextconv = PROGRAM',
    "a filter":
        '[filter "x"]\nclean = PROGRAM\nsmudge = PROGRAM\nprocess = PROGRAM\nrequired = true',
    "an alias": "[alias]\nlog = !PROGRAM\nls-tree = !PROGRAM\ncat-file = !PROGRAM",
    "gpg.program": "[gpg]\nprogram = PROGRAM\n[log]\nshowSignature = true",
    "include.path": "[include]\npath = INCLUDED",
    "safe.directory": "[safe]\ndirectory = *\nbareRepository = all",
    "an extension nobody knows":
        "[core]\nrepositoryformatversion = 1\n[extensions]\nunknown = true",
    "what is no configuration": "[[[",
};

/** Ways by which git fetches what a partial clone has not got, each of which runs something. */
const REMOTES: Readonly<Record<string, string>> = {
    "core.sshCommand":
        '[core]\nsshCommand = PROGRAM\n[remote "origin"]\nurl = ssh://git.example/r.git',
    "remote.origin.uploadpack": '[remote "origin"]\nurl = ELSEWHERE\nuploadpack = PROGRAM',
    "the protocol ext":
        '[protocol "ext"]\nallow = always\n[remote "origin"]\nurl = ext::PROGRAM %S',
};
const PARTIAL =
    '[core]\nrepositoryformatversion = 1\n[extensions]\npartialClone = origin\n[remote "origin"]\npromisor = true\n';

describe("recover from a tree of anybody", function () {
    this.timeout(60_000);
    const mirror = useMirrorRepository();
    let marker: string;
    let restore: () => void;

    beforeEach(async () => {
        restore = setEnvironment({ TMPDIR: mirror.directory });
        marker = join(mirror.directory, "it-ran");
        const program = join(mirror.directory, "program");
        await writeFile(program, `#!/bin/sh\n: > "${marker}"\nexit 1\n`);
        await chmod(program, 0o755);
        const hooks = join(mirror.directory, "hooks");
        await mkdir(hooks);
        for (const name of ["post-checkout", "reference-transaction", "post-index-change"]) {
            await writeFile(join(hooks, name), `#!/bin/sh\nexec "${program}"\n`);
            await chmod(join(hooks, name), 0o755);
        }
        const included = DANGEROUS["core.fsmonitor"]?.replaceAll("PROGRAM", program) ?? "";
        await writeFile(join(mirror.directory, "included"), included);
        await mirror.rotate(["a"]);
        await mirror.rotate(["b", "a"]);
    });
    afterEach(() => {
        restore();
    });

    const place = (name: string): string => join(mirror.directory, name);

    /** Adds to the configuration of the repository in this directory. */
    async function configure(gitDirectory: string, text: string): Promise<void> {
        const filled = text
            .replaceAll("PROGRAM", place("program"))
            .replaceAll("HOOKS", place("hooks"))
            .replaceAll("INCLUDED", place("included"))
            .replaceAll("ELSEWHERE", mirror.repository);
        await appendFile(join(gitDirectory, "config"), `\n${filled}\n`);
        const attributes = "* filter=x diff=x\n";
        await mkdir(join(gitDirectory, "info"), { recursive: true });
        await writeFile(join(gitDirectory, "info", "attributes"), attributes);
    }

    /** How many versions of the sealed file are found, and what is left behind in the directory. */
    async function read(directory: string): Promise<number> {
        const before = await readdir(mirror.directory);
        const source = await openRepository(directory);
        try {
            const [stack] = await readMirror(source, {});
            return stack?.history.filter(({ record }) => record !== undefined).length ?? 0;
        } finally {
            await source.close();
            assert.deepEqual(await readdir(mirror.directory), before);
        }
    }

    /** The sealed file of the first commit is not there any more. */
    async function loseObject(gitDirectory: string): Promise<void> {
        const first = (await mirror.git("rev-list", "--reverse", "HEAD")).split("\n")[0] ?? "";
        const blob = await mirror.git("rev-parse", `${first}:prod.yaml.age`);
        await rm(join(gitDirectory, "objects", blob.slice(0, 2), blob.slice(2)), { force: true });
    }

    for (const [what, text] of Object.entries(DANGEROUS)) {
        it(`reads all of it, and runs nothing, with ${what}`, async () => {
            await mirror.git("clone", "--quiet", "--bare", ".", "../bare");
            await configure(place("bare"), text);
            await configure(join(mirror.repository, ".git"), text);
            for (const directory of [place("bare"), mirror.repository]) {
                assert.equal(await read(directory), 2);
            }
            assert.ok(!existsSync(marker));
        });
    }

    for (const [what, text] of Object.entries(REMOTES)) {
        it(`fetches nothing that is missing, and runs nothing, with ${what}`, async () => {
            const gitDirectory = join(mirror.repository, ".git");
            await loseObject(gitDirectory);
            await configure(gitDirectory, `${PARTIAL}${text}`);
            const { code, out, err } = await recoverFrom(mirror, [
                "--repository",
                mirror.repository,
            ]);
            assert.ok(!existsSync(marker), "something ran");
            assert.deepEqual([code, out], [1, ""]);
            assert.equal(
                err,
                `error: ${mirror.repository} lacks objects, as a partial clone does, or one that borrows from another ` +
                    "(alternates), and nothing is fetched: give a whole clone, or the URL",
            );
            // Git itself runs it.
            const first = (await mirror.git("rev-list", "HEAD")).split("\n").at(-1) ?? "";
            const show = ["-C", mirror.repository, "cat-file", "blob", `${first}:prod.yaml.age`];
            await execa("git", show, { reject: false });
            assert.ok(existsSync(marker), "git would have run nothing: the test proves nothing");
        });
    }

    it("recovers from one that has them all, as if it were nobody's", async () => {
        await mirror.git("clone", "--quiet", "--bare", ".", "../bare");
        for (const text of [PARTIAL, ...Object.values(DANGEROUS)]) {
            await configure(place("bare"), text);
        }
        const opening = ["--identity", mirror.identityFile, "--output", "environment"];
        const { out, err } = await recoverFrom(mirror, ["--repository", place("bare"), ...opening]);
        assert.deepEqual([out, err, existsSync(marker)], [RECOVERED, "", false]);
    });

    it("takes no object from another repository, nor one in the place of another", async () => {
        await mirror.git("clone", "--quiet", "--bare", "--shared", ".", "../borrowing");
        await assert.rejects(read(place("borrowing")), /lacks objects/);
        const [sealed, other] = ["HEAD:prod.yaml.age", "HEAD:prod.rotation.json"];
        await mirror.git("replace", await mirror.git("rev-parse", sealed), other);
        assert.equal(await read(mirror.repository), 2);
    });

    it("follows no link out of it, and waits at no pipe", async () => {
        await execa("mkfifo", [join(mirror.repository, ".git", "packed-refs")]);
        assert.equal(await read(mirror.repository), 2);
        const objects = join(mirror.repository, ".git", "objects");
        await rename(objects, place("objects"));
        await symlink(place("objects"), objects);
        await assert.rejects(read(mirror.repository), /lacks objects/);
        await rm(join(mirror.repository, ".git"), { recursive: true });
        await writeFile(join(mirror.repository, ".git"), `gitdir: ${place("elsewhere")}\n`);
        await assert.rejects(read(mirror.repository), {
            message: `${mirror.repository}/.git points elsewhere, which is not read: give the repository itself, or its URL`,
        });
    });

    it("reads what is packed, what is shallow, and what has longer ids", async () => {
        const longer = place("longer");
        await execa("git", ["init", "--quiet", "--object-format=sha256", longer]);
        for (const file of await readdir(mirror.repository)) {
            if (file === ".git") continue;
            await writeFile(join(longer, file), await readFile(join(mirror.repository, file)));
        }
        const who = ["-c", "user.name=sandbox", "-c", "user.email=sandbox@example.org"];
        await execa("git", ["-C", longer, "add", "--all"]);
        await execa("git", ["-C", longer, ...who, "commit", "--quiet", "--message=All"]);
        assert.equal(await read(longer), 1);
        await execa("git", ["-C", longer, "gc", "--quiet"]);
        assert.equal(await read(longer), 1);
        const shallow = ["clone", "--quiet", "--bare", "--depth=1", `file://${mirror.repository}`];
        await execa("git", [...shallow, place("shallow")]);
        assert.equal(await read(place("shallow")), 1);
        await mirror.git("gc", "--quiet");
        await mirror.git("pack-refs", "--all");
        assert.equal(await read(mirror.repository), 2);
    });

    it("reads a directory within a repository", async () => {
        const text = await readFile(join(mirror.repository, "prod.yaml.age"), "utf8");
        await mirror.commit({ "credentials/prod.yaml.age": text }, "By hand");
        const source = await openRepository(join(mirror.repository, "credentials"));
        try {
            assert.deepEqual(await source.files(), ["prod.yaml.age"]);
            const versions = await source.versions("prod.yaml.age");
            assert.deepEqual(
                versions.map((version) => [version.message, version.text]),
                [["By hand", text]],
            );
        } finally {
            await source.close();
        }
    });

    it("takes a name for a name", async () => {
        await mirror.commit({ "*.yaml.age": "another" }, "By hand");
        const source = await openRepository(mirror.repository);
        try {
            const versions = await source.versions("*.yaml.age");
            assert.deepEqual(
                versions.map(({ text }) => text),
                ["another"],
            );
        } finally {
            await source.close();
        }
    });
});
