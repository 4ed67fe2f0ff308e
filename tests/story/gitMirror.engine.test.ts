// A stack whose mirror is on another Git host: git's own server behind TLS, with GitLab's answer
// about the project. Does not prove what GitLab, Bitbucket and Gitea do beside that.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import type { RotationRecord } from "../../rotation/record.ts";
import { sha256 } from "../../rotation/digest.ts";
import { type BareRepository, GitHttpsHost } from "../support/hosts/gitHttps.ts";
import { Audited } from "../support/audited.ts";
import { type Deployment, diagnostics, mark, SECRET, steps } from "../support/deployment.ts";
import { type LiveSecret, useSandbox } from "../support/fixture.ts";
import { openNeighbour } from "../support/neighbour.ts";
import { type Place, Scanner } from "../support/scan.ts";

const OF_STACK = "pulumi:pulumi:Stack (prometheus-write-secret-gitlab)";
const STASH = "pulumi:index:Stash";
const API = "/api/v4/projects/group%2Fcredentials";

describe("a mirror on any Git host", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const host = new GitHttpsHost();
    let stack: Deployment;
    let repository: BareRepository;
    let label: string;
    let remote: string;

    const receiver = (): Promise<LiveSecret> => stage.secret("gitlab-auth");
    const sender = (): Promise<LiveSecret> => stage.secret("gitlab-write-credential");
    const setVisibility = (visibility: string) => host.api.set(API, { json: { visibility } });

    before(async () => {
        await host.start();
        repository = await host.create("group/credentials.git");
        remote = host.url("group/credentials.git");
        setVisibility("private");
        label = stage.newLabel();
        ({ deployment: stack } = await openNeighbour(stage, "gitlab", label));
        await stack.configure({ mirror: { remote, caFile: host.caFile } });
        await stack.setSecret("mirror.token", host.token);
    });
    after(() => host.remove());

    it("is written before anybody gets the credential, and has the record afterwards", async () => {
        const audited = new Audited({ sandbox: stage.sandbox, deployment: stack }, "gitMirror");
        const outcome = await audited.deployment.up();
        const mirrored = audited.brief().filter((line) => line.startsWith("mirrored"));
        assert.deepEqual(mirrored, [`mirrored | ${label} | gitlab.yaml.age | done`]);
        // Labels, sealed text, record, and a push of each
        assert.deepEqual(steps(outcome, STASH).length, 5);
        assert.deepEqual(await repository.log(), [
            `Record gitlab at ${label}`,
            `Rotate gitlab to ${label} (accepted: ${label})`,
        ]);
        const files = await repository.files();
        const record = JSON.parse(files["gitlab.rotation.json"] ?? "") as RotationRecord;
        assert.equal(record.generation, label);
        assert.equal(record.sealedSha256, sha256(`${files["gitlab.yaml.age"] ?? ""}\n`));
    });

    it("is opened by age alone, and holds what the sender has", async () => {
        const { identity, tools } = stage.sandbox;
        const input = (await repository.files())["gitlab.yaml.age"] ?? "";
        const decrypt = ["--decrypt", "--identity", identity];
        const { stdout } = await execa({ input })(tools.age.path, decrypt);
        const tokens = parseAllDocuments(stdout).map(
            (one) => (one.toJS() as { stringData: Record<string, string> }).stringData["token"],
        );
        const { files } = await sender();
        const marks = tokens.filter((token) => token !== undefined).map(mark);
        assert.deepEqual(marks, [mark(files["token"])]);
    });

    it("is left alone when nothing changed", async () => {
        const { length } = await repository.log();
        assert.equal((await stack.up()).changes, 0);
        await stack.must("preview", "--expect-no-changes");
        assert.equal((await repository.log()).length, length);
    });

    it("is looked at in every preview: what was changed there is said, and put back, once", async () => {
        const files = await repository.files();
        for (const [spoil, names] of [
            [() => repository.commit("gitlab.rotation.json", "edited"), "gitlab.rotation.json"],
            [() => repository.commit("gitlab.yaml.age", "edited"), "gitlab.yaml.age"],
            [
                () => repository.git("update-ref", "-d", "refs/heads/main"),
                "gitlab.yaml.age, gitlab.rotation.json, gitlab.rotation.json.sig",
            ],
        ] as const) {
            await spoil();
            const preview = await stack.run("preview", "--expect-no-changes");
            assert.notEqual(preview.exitCode, 0);
            assert.deepEqual(diagnostics(preview)[OF_STACK]?.slice(0, 1), [
                `warning: mirror.remote ${remote}: ${names} changed there, or went, since it was pushed: pulumi up pushes it again`,
            ]);
            await stack.up();
            assert.deepEqual(await repository.files(), files);
            const log = await repository.log();
            assert.equal((await stack.up()).changes, 0);
            assert.deepEqual(await repository.log(), log);
        }
    });

    it("is no place for another stack, whose preview says so", async () => {
        const { deployment } = await openNeighbour(stage, "rival", label);
        await deployment.configure({
            mirror: { remote, caFile: host.caFile, path: "gitlab.yaml.age" },
        });
        await deployment.setSecret("mirror.token", host.token);
        const log = await repository.log();
        for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
            const outcome = await deployment.run(...command);
            assert.notEqual(outcome.exitCode, 0);
            assert.deepEqual(
                diagnostics(outcome)["pulumi:pulumi:Stack (prometheus-write-secret-rival)"],
                [
                    `error: prometheus-write-secret:mirror.path: gitlab.yaml.age is there already in ${remote}, and is not what ` +
                        "this stack is on record to have written: set another path; if this stack wrote it nevertheless, delete " +
                        "it there first, it stays in the history",
                ],
            );
        }
        assert.deepEqual(await repository.log(), log);
    });

    it("is planned in a preview, which pushes nothing", async () => {
        const before = await repository.log();
        await stack.configured({ rotation: "2030-01-01" }, async () => {
            const outcome = await stack.must("preview");
            const planned = outcome.events.flatMap(({ resourcePreEvent }) => {
                const { op = "", urn = "" } = resourcePreEvent?.metadata ?? {};
                return urn.endsWith("-pushed") ? [`${op} ${urn.split("::").at(-1) ?? ""}`] : [];
            });
            assert.ok(planned.includes("replace mirror-pushed"), planned.join());
            assert.ok(planned.includes("replace record-pushed"), planned.join());
        });
        assert.deepEqual(await repository.log(), before);
    });

    it("gets one commit of a rotation and one of its record, on top of what others pushed", async () => {
        await repository.commit("README", "ours too");
        const former = label;
        label = stage.newLabel();
        await stack.rotateTo(label);
        assert.deepEqual((await repository.log()).slice(0, 3), [
            `Record gitlab at ${label}`,
            `Rotate gitlab to ${label} (accepted: ${label}, ${former})`,
            "Write README",
        ]);
        assert.deepEqual(Object.keys(await repository.files()), [
            "README",
            "gitlab.rotation.json",
            "gitlab.rotation.json.sig",
            "gitlab.yaml.age",
        ]);
    });

    it("that takes no push fails the update before a receiver changes; the next one finishes it", async () => {
        const [before, log] = [await receiver(), await repository.log()];
        label = stage.newLabel();
        await stack.must("config", "set", "rotation", label);
        await repository.protect("echo 'You are not allowed to push code'; exit 1");
        const failed = await stack.tryUp();
        assert.notEqual(failed.exitCode, 0);
        const lines = diagnostics(failed)[`${STASH} (mirror-pushed)`];
        assert.equal(lines?.length, 1, failed.output);
        assert.ok(
            lines[0]?.startsWith(
                `error: before hook "mirror-push" failed: mirror.remote ${remote}: the host does not let this identity ` +
                    "push to the branch: allow it where the branch is protected, or set mirror.branch (",
            ),
            lines[0],
        );
        assert.equal((await receiver()).resourceVersion, before.resourceVersion);
        assert.deepEqual(await repository.log(), log);
        await repository.unprotect();
        await stack.up();
        assert.match((await repository.log())[1] ?? "", new RegExp(`^Rotate gitlab to ${label} `));
        assert.equal((await stack.rotation()).senders["gitlab"], label);
        await stack.must("preview", "--expect-no-changes");
    });

    it("that is down fails the update before anything changes; the next one finishes it", async () => {
        const before = await receiver();
        label = stage.newLabel();
        await stack.must("config", "set", "rotation", label);
        await host.stop();
        const failed = await stack.tryUp().finally(() => host.start());
        assert.notEqual(failed.exitCode, 0);
        assert.deepEqual(diagnostics(failed), {
            [OF_STACK]: [
                `error: prometheus-write-secret:mirror.remote ${remote} cannot be reached (ECONNREFUSED): ` +
                    "without it nobody knows whether it is private; try again when it answers",
            ],
        });
        assert.deepEqual(steps(failed, SECRET), []);
        assert.equal((await receiver()).resourceVersion, before.resourceVersion);
        await stack.up();
        assert.equal((await stack.rotation()).senders["gitlab"], label);
    });

    for (const command of ["preview", "up"]) {
        it(`is refused in ${command} when it is not private`, async () => {
            setVisibility("internal");
            const args = command === "up" ? ["--yes", "--skip-preview"] : [];
            const outcome = await stack.run(command, ...args).finally(() => {
                setVisibility("private");
            });
            assert.notEqual(outcome.exitCode, 0);
            assert.deepEqual(diagnostics(outcome), {
                [OF_STACK]: [
                    `error: prometheus-write-secret:mirror.remote ${remote} must be private, it is internal: ` +
                        "nothing was written; make it private, or name another one",
                ],
            });
        });
    }

    it("has its token in no state, output or argument, nor does the state hold the pushed text twice", async () => {
        await stack.must("stack", "export");
        await stack.must("stack", "output", "--json");
        const directory = join(stage.sandbox.directory, "state");
        const entries = await readdir(directory, { recursive: true, withFileTypes: true });
        const states = entries.filter((entry) => entry.isFile() && entry.name.includes("gitlab"));
        assert.ok(states.length > 0);
        const places = await Promise.all(
            states.map(async ({ parentPath, name }): Promise<Place> => [
                name,
                await readFile(join(parentPath, name), "latin1"),
            ]),
        );
        const printed = stack.printed.map((text): Place => ["pulumi", text]);
        const lines = [...stack.commandLines].map((line): Place => ["a process", line]);
        const scanner = new Scanner(
            new Map([...stack.credentials].map((value, index) => [value, `secret ${index + 1}`])),
        );
        assert.deepEqual(scanner.find([...places, ...printed, ...lines]), []);
        const pushed = (await stack.resources()).filter(({ urn }) => urn.endsWith("-pushed"));
        assert.deepEqual(
            pushed.map(({ outputs }) => Object.keys(outputs?.["output"] as object).sort()),
            [
                ["branch", "remote", "repairs", "sha256"],
                ["branch", "remote", "repairs", "sha256"],
            ],
        );
    });
});
