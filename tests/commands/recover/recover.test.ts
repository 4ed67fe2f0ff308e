// The command as somebody runs it, on real Git repositories. It does not prove that Kubernetes
// takes the manifests, nor that receivers accept what was recovered: the drill does.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { renderManifest } from "../../../mirror/manifest.ts";
import { letIn } from "../../support/letIn.ts";
import { FLEET, useMirrorRepository, valueOf } from "../../support/writtenMirror.ts";
import { recover } from "../../support/recovering.ts";

/** Every file below a directory with its mode, and of every directory. */
async function modes(directory: string): Promise<Readonly<Record<string, string>>> {
    const entries = await readdir(directory, { recursive: true });
    const listed = entries.map(async (entry) => {
        const { mode } = await stat(join(directory, entry));
        return [entry, (mode & 0o777).toString(8)] as const;
    });
    return Object.fromEntries((await Promise.all(listed)).sort());
}

describe("recover", function () {
    this.timeout(60_000);
    const mirror = useMirrorRepository();
    const identity = (): string[] => ["--identity", mirror.identityFile];

    it("says what the mirror holds, without a key", async () => {
        await mirror.rotate(["2026-11-21"]);
        await mirror.rotate(["2026-12-21", "2026-11-21"]);
        await mirror.seal(["2027-01-21", "2026-12-21"]);
        const commits = (await mirror.git("log", "--format=%h", "--abbrev=10")).split("\n");
        const { code, out, err } = await recover(mirror, []);
        assert.deepEqual([code, err], [0, ""]);
        assert.deepEqual(out.split("\n"), [
            `stack prod in ${mirror.repository}, prod.yaml.age`,
            "  generation  state       sealed             rotated            by   proven          commit",
            `  2027-01-21  unrecorded  2026-11-21T10:05Z  -                  -    -               ${commits[0] ?? ""}`,
            `  2026-12-21  current     2026-11-21T10:03Z  2026-11-21T10:04Z  ada  central: probe  ${commits[2] ?? ""}`,
            `  2026-11-21  accepted    2026-11-21T10:01Z  2026-11-21T10:02Z  ada  central: probe  ${commits[2] ?? ""}`,
        ]);
    });

    it("says it for machines", async () => {
        await mirror.rotate(["a"]);
        await mirror.rotate(["b", "a"], "dev");
        const { code, out } = await recover(mirror, ["--json", "--stack", "prod"]);
        const { stacks, ...rest } = JSON.parse(out) as {
            stacks: { generations: { proven: [] }[] }[];
        };
        assert.deepEqual([code, rest], [0, { source: mirror.repository }]);
        const [sha] = (await mirror.git("log", "--format=%H", "--", "prod.yaml.age")).split("\n");
        assert.deepEqual(stacks, [
            {
                ...{ stack: "prod", sealed: ["prod.yaml.age"], record: "prod.rotation.json" },
                generations: [
                    {
                        ...{ label: "a", state: "current", commit: sha },
                        ...{
                            sealed: "2026-11-21T10:01:00.000Z",
                            finished: "2026-11-21T10:02:00.000Z",
                        },
                        by: "ada",
                        proven: [
                            {
                                ...{
                                    receiver: "central",
                                    url: "https://push.example/api/v1/write",
                                },
                                ...{ how: "probe", at: "2026-11-21T10:02:00.000Z" },
                            },
                        ],
                    },
                ],
            },
        ]);
    });

    it("writes the manifests of what the last rotation gave senders", async () => {
        await mirror.rotate(["b", "a"]);
        const to = join(mirror.directory, "new", "restore.yaml");
        const { code, out, err } = await recover(mirror, [
            ...identity(),
            ...["--output", "manifests", "--to", to],
        ]);
        assert.deepEqual([code, out], [0, ""]);
        assert.equal(err, `Recovered b of stack prod: wrote ${to}; receivers accept a too`);
        const generations = ["b", "a"].map((label) => ({ label, value: valueOf(label) }));
        assert.equal(
            await readFile(to, "utf8"),
            renderManifest(FLEET, { current: "b", accepted: generations }),
        );
        assert.deepEqual(await modes(join(mirror.directory, "new")), { "restore.yaml": "600" });
        assert.equal((await stat(join(mirror.directory, "new"))).mode & 0o777, 0o700);
    });

    it("writes to standard output, with the key from standard input", async () => {
        await mirror.rotate(["b", "a"]);
        const { out, err } = await recover(mirror, ["--output", "manifests", "--identity", "-"], {
            input: mirror.identity,
        });
        const generations = ["b", "a"].map((label) => ({ label, value: valueOf(label) }));
        assert.deepEqual(
            [out, err],
            [renderManifest(FLEET, { current: "b", accepted: generations }).trimEnd(), ""],
        );
    });

    it("gives senders what they went back to, though the file names another first", async () => {
        const sealed = await mirror.seal(["b", "a"]);
        await mirror.record(["b", "a"], sealed);
        await mirror.record(["a", "b"], sealed);
        const { out } = await recover(mirror, [...identity(), "--output", "manifests"]);
        const generations = ["a", "b"].map((label) => ({ label, value: valueOf(label) }));
        assert.equal(out, renderManifest(FLEET, { current: "a", accepted: generations }).trimEnd());
    });

    it("writes the files of each Secret, in directories of their own", async () => {
        await mirror.rotate(["b", "a"]);
        const to = join(mirror.directory, "files");
        const { code } = await recover(mirror, [...identity(), "--output", "files", "--to", to]);
        assert.equal(code, 0);
        assert.deepEqual(await modes(to), {
            monitoring: "700",
            "monitoring/edge-write-credential": "700",
            "monitoring/edge-write-credential/token": "600",
            receiving: "700",
            "receiving/central-auth": "700",
            "receiving/central-auth/auth.yml": "600",
        });
        const token = join(to, "monitoring/edge-write-credential/token");
        assert.equal(await readFile(token, "utf8"), valueOf("b"));
        const auth = await readFile(join(to, "receiving/central-auth/auth.yml"), "utf8");
        assert.deepEqual([...letIn({ "auth.yml": auth }).keys()], ["b", "a"]);
    });

    it("writes an environment file, which a shell reads", async () => {
        await mirror.rotate(["2026-11-21"]);
        const to = join(mirror.directory, "environment");
        await recover(mirror, [...identity(), "--output", "environment", "--to", to]);
        const script = '. "$1"; printf %s "$PROMETHEUS_WRITE_GENERATION:$PROMETHEUS_WRITE_TOKEN"';
        const { stdout } = await execa("/bin/sh", ["-c", script, "sh", to]);
        assert.equal(stdout, `2026-11-21:${valueOf("2026-11-21")}`);
    });

    it("takes an older generation from the history", async () => {
        await mirror.rotate(["a"]);
        await mirror.rotate(["b", "a"]);
        await mirror.rotate(["c", "b"]);
        const args = [...identity(), "--output", "environment", "--generation", "a"];
        const { out, err } = await recover(mirror, args);
        const lines = ["PROMETHEUS_WRITE_GENERATION=a", `PROMETHEUS_WRITE_TOKEN=${valueOf("a")}`];
        assert.deepEqual([out.split("\n"), err], [lines, ""]);
    });

    it("passes over what an update sealed that did not finish, and says so", async () => {
        await mirror.rotate(["a"]);
        await mirror.seal(["b", "a"]);
        const commits = (await mirror.git("log", "--format=%h", "--abbrev=10")).split("\n");
        const { out, err } = await recover(mirror, [...identity(), "--output", "environment"]);
        assert.equal(out.split("\n")[0], "PROMETHEUS_WRITE_GENERATION=a");
        assert.equal(
            err,
            `warning: no record holds the SHA-256 of the newest prod.yaml.age (commit ${commits[0] ?? ""}): the ` +
                "update that wrote it did not finish, or the file was changed since; this is what was recorded " +
                `last (commit ${commits[2] ?? ""})`,
        );
    });

    it("replaces what exists only when it must", async () => {
        await mirror.rotate(["a"]);
        const to = join(mirror.directory, "environment");
        await writeFile(to, "before");
        const args = [...identity(), "--output", "environment", "--to", to];
        const refused = await recover(mirror, args);
        assert.deepEqual(refused, {
            ...{ code: 1, out: "" },
            err: `error: ${to} exists: give another place, or --force to replace it`,
        });
        assert.equal(await readFile(to, "utf8"), "before");
        assert.equal((await recover(mirror, [...args, "--force"])).code, 0);
        assert.match(await readFile(to, "utf8"), /^PROMETHEUS_WRITE_GENERATION=a\n/);
        assert.equal((await stat(to)).mode & 0o777, 0o600);
    });

    it("writes no file when one of them exists", async () => {
        await mirror.rotate(["a"]);
        const to = join(mirror.directory, "files");
        const auth = join(to, "receiving", "central-auth");
        await mkdir(auth, { recursive: true });
        await writeFile(join(auth, "auth.yml"), "before");
        const { code, err } = await recover(mirror, [
            ...identity(),
            ...["--output", "files", "--to", to],
        ]);
        const expected = `error: ${join(auth, "auth.yml")} exists: give another place, or --force to replace it`;
        assert.deepEqual([code, err], [1, expected]);
        const left = Object.keys(await modes(to));
        assert.deepEqual(left, [
            "receiving",
            "receiving/central-auth",
            "receiving/central-auth/auth.yml",
        ]);
    });

    it("clones from a repository within another, and from a directory without Git", async () => {
        await mirror.rotate(["a"]);
        await mirror.git("clone", "--quiet", "--bare", ".", "../bare");
        await rm(join(mirror.repository, ".git"), { recursive: true });
        for (const repository of ["bare", "mirror"]) {
            const args = ["--repository", join(mirror.directory, repository)];
            const { out, err } = await recover(mirror, [
                ...args,
                ...identity(),
                "--output",
                "environment",
            ]);
            assert.deepEqual([out.split("\n")[0], err], ["PROMETHEUS_WRITE_GENERATION=a", ""]);
        }
    });
});
