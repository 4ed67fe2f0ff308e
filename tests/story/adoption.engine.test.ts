// From a prometheus.yml with an inline password to a generated credential, with real parts. How the
// other places are read is told by the tests of the sources.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { parse } from "yaml";
import { probe } from "../../proof/probe.ts";
import { countRequests, firstDelivery, readMetrics } from "../../sandbox/runs/measure.ts";
import { waitFor } from "../../sandbox/parts/process.ts";
import { Audited } from "../support/audited.ts";
import { type CommandOutcome, mark, type Rotation } from "../support/deployment.ts";
import { type Stage, useSandbox } from "../support/fixture.ts";
import { type MadeByHand, makeByHand } from "../support/madeByHand.ts";
import { type Sighting, watchProcesses } from "../support/processes.ts";
import { type Place, Scanner } from "../support/scan.ts";
import { type Observation, watch, type Watched } from "../support/watch.ts";

const NAME = "inherited";
const USERNAME = "edge";
const BY_HAND = "by-hand";

/**
 * What the sandbox left on disk, but for etcd and what the kubelet shows to this stack's receiver.
 */
async function readFiles({ sandbox: { directory } }: Stage): Promise<Place[]> {
    const places: Place[] = [];
    for (const part of ["state", "logs", NAME]) {
        const options = { recursive: true, withFileTypes: true } as const;
        for (const entry of await readdir(join(directory, part), options)) {
            const path = join(entry.parentPath, entry.name);
            if (!entry.isFile() || path.startsWith(join(directory, NAME, "auth"))) continue;
            // A running part may have removed it meanwhile.
            const text = await readFile(path, "latin1").catch(() => "");
            places.push([relative(directory, path), text]);
        }
    }
    return places;
}

describe("a stack that takes over an inline password", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const password = randomBytes(24).toString("hex");
    const scanner = new Scanner(new Map([[password, "the password"]]));
    const sightings: Sighting[] = [];
    let old: MadeByHand;
    let present: Watched;
    let extracted: CommandOutcome;
    let takenOver: { readonly rotation: Rotation; readonly token: string; readonly auth: unknown };
    let failed: readonly number[];
    let told: readonly string[];

    const seen = async <T>(work: () => Promise<T>): Promise<T> => {
        const watched = await watchProcesses(work);
        sightings.push(...watched.sightings);
        return watched.outcome;
    };
    const tokenOf = async () =>
        (await stage.secret(`${NAME}-write-credential`)).files["token"] ?? "";
    const authOf = async () =>
        parse((await stage.secret(`${NAME}-auth`)).files["auth.yml"] ?? "") as {
            users: { name: string; username: string; password: string }[];
        };

    before(async () => {
        old = await makeByHand(stage, NAME, { username: USERNAME, password });
        const sender = await old.start();
        await firstDelivery([old.storeUrl]);
        const { sandbox } = stage;
        const audited = new Audited({ sandbox, deployment: old.deployment }, "adoption");
        extracted = await seen(() =>
            audited.deployment.command("extract", "prometheus", old.configuration),
        );
        await seen(() => audited.deployment.up());
        told = audited.brief();
        failed = [
            ...(await readMetrics(sender.url, "prometheus_remote_storage_samples_failed_total")),
            ...(await readMetrics(sender.url, "prometheus_remote_storage_samples_dropped_total")),
        ];
        const { users } = await authOf();
        takenOver = {
            rotation: await old.deployment.rotation(),
            token: mark(await tokenOf()),
            auth: users.map((user) => [user.name, user.username, mark(user.password)]),
        };
        await sender.stop();
        await rm(dirname(old.configuration), { recursive: true });
        present = await old.startMounted();
    });

    it("finds it in the prometheus.yml that runs", () => {
        assert.equal(extracted.exitCode, 0, extracted.output);
        assert.deepEqual(extracted.output.split("\n").slice(-1), [
            "Adopted prometheus.yml: remote_write[0].basic_auth.password as by-hand. Move off it with: npm run rotate",
        ]);
    });

    it("is told to an audit: found, made a generation, sealed, accepted, proven, taken", () => {
        assert.deepEqual(told, [
            `extracted | ${BY_HAND} | prometheus.yml: remote_write[0].basic_auth.password | done`,
            `made | ${BY_HAND} | the stack's state | done`,
            `mirrored | ${BY_HAND} | ${NAME}.yaml.age | done`,
            `accepted | ${BY_HAND} | receiver ${NAME} | done`,
            `proven | ${BY_HAND} | receiver ${NAME} at ${old.receiverUrl} | done`,
            `switched | ${BY_HAND} | sender ${NAME} | done`,
        ]);
    });

    it("makes the receiver's Secret its own, and has not one push refused", () => {
        assert.deepEqual(takenOver, {
            rotation: { current: BY_HAND, accepted: [BY_HAND], senders: { [NAME]: BY_HAND } },
            token: mark(password),
            auth: [[BY_HAND, USERNAME, mark(password)]],
        });
        assert.ok(failed.length > 0);
        assert.deepEqual([...new Set(failed)], [0]);
    });

    describe("and rotates", () => {
        let rotated: Observation<CommandOutcome>;
        let label: string;
        let token: string;
        before(async () => {
            rotated = await watch(
                present,
                () => seen(() => old.deployment.command("rotate", "--yes")),
                tokenOf,
            );
            label = (await old.deployment.rotation()).current;
            token = await tokenOf();
        });

        it("gives the sender a generated credential, and keeps the password accepted", async () => {
            const { exitCode, output } = rotated.outcome;
            assert.equal(exitCode, 0, output);
            assert.match(label, /^\d{4}-\d\d-\d\d$/);
            assert.deepEqual(await old.deployment.rotation(), {
                current: label,
                accepted: [label, BY_HAND],
                senders: { [NAME]: label },
            });
            assert.match(token, /^[A-Za-z0-9]{48}$/);
            assert.deepEqual(rotated.held, [password, token].map(mark));
            const answers = [token, password, "made-up"].map(async (one) => {
                const push = { username: USERNAME, token: one };
                return (await probe(old.receiverUrl, push)).kind;
            });
            assert.deepEqual(await Promise.all(answers), ["accepted", "accepted", "refused"]);
        });

        it("loses no sample, restarts nothing and reloads nothing", () => {
            const { samplesSent } = rotated.count;
            assert.ok(samplesSent > 10_000, `${samplesSent} samples prove little`);
            assert.deepEqual(rotated.count, {
                samplesSent,
                samplesStored: samplesSent,
                samplesLost: 0,
            });
            assert.deepEqual(Object.keys(rotated.verdicts), ["accepted: it answered 204"]);
            assert.deepEqual(rotated.changed, []);
        });

        it("has the sender push with the new credential alone", async () => {
            const requests = (generation: string) => countRequests(old.receiverUrl, generation);
            const [mine, former] = [await requests(label), await requests(BY_HAND)];
            const pushed = async () => (await requests(label)) > mine;
            await waitFor(`a push with ${label}`, pushed, { withinSeconds: 30 });
            assert.equal(await requests(BY_HAND), former);
        });

        it("leaves nothing to do for another up", async () => {
            assert.equal((await old.deployment.up()).changes, 0);
        });

        it("shows the password in no environment but in PULUMI_CONFIG", () => {
            const variables = sightings.flatMap((one) => one.variables);
            const places = variables.map((one): Place => [one.replace(/=[^]*/, ""), one]);
            // Pulumi 3.259 gives a program its configuration there, decrypted, while `adopted` is
            // configured; nobody but the same user and root can read it. The command that extracts
            // shows it nowhere: extract.test.ts.
            assert.deepEqual(
                [...new Set(scanner.find(places))],
                ["PULUMI_CONFIG: the password as plain text"],
            );
        });

        it("shows the password in no file, output or argument", async () => {
            assert.ok(sightings.some(({ args }) => args.includes("config set --path --secret")));
            const places = [
                ...sightings.map(({ pid, args }): Place => [`arguments of ${pid}`, args]),
                ...old.deployment.printed.map((text): Place => ["output", text]),
                ...(await readFiles(stage)),
            ];
            const names = places.map(([name]) => name);
            for (const some of [
                "output",
                `${NAME}/Pulumi.${NAME}.yaml`,
                `logs/${NAME}-sender.log`,
            ]) {
                assert.ok(names.includes(some), some);
            }
            assert.ok(names.some((name) => /^state\/.*inherited\.json$/.test(name)));
            assert.deepEqual(scanner.find(places), []);
            const { files } = await stage.secret(`${NAME}-auth`);
            assert.equal(scanner.find([["Secret", files["auth.yml"] ?? ""]]).length, 1);
        });
    });
});
