// The drill as `npm run drill` runs it, and what can be seen of it from outside.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parse } from "yaml";
import { drill } from "../../../sandbox/runs/drill.ts";
import { type DrillReport, findDrillFaults } from "../../../sandbox/runs/drillReport.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { type Sighting, watchProcesses } from "../../support/processes.ts";
import { type Place, Scanner } from "../../support/scan.ts";

/** The files of a sandbox that hold a secret because it is their job, or that are programs. */
const EXCEPT = [
    "cluster-restored/",
    "pods/receiver/auth/",
    "pods/sender/write-credential/",
    "passphrase-restored",
    "age-identity.txt",
    "pulumi/versions/",
    "pulumi/plugins/",
];

describe("the drill", function () {
    this.timeout(600_000);
    let sandbox: Sandbox;
    let report: DrillReport;
    let sightings: readonly Sighting[];
    let scanner: Scanner;
    const told: string[] = [];
    before(async () => {
        const directory = await mkdtemp(join(tmpdir(), "drill-"));
        sandbox = await startSandbox({ directory });
        const tell = (line: string) => {
            told.push(line);
        };
        ({ outcome: report, sightings } = await watchProcesses(() => drill(sandbox, tell)));
        const auth = join(sandbox.fleet.volumes.auth.mount.directory, "auth.yml");
        const { users } = parse(await readFile(auth, "utf8")) as {
            users: { name: string; bearer_token: string }[];
        };
        assert.deepEqual(
            users.map(({ name }) => name),
            [report.next, report.recovered],
        );
        scanner = new Scanner(
            new Map([
                ...users.map((user) => [user.bearer_token, user.name] as const),
                [(await readFile(sandbox.identity, "utf8")).trim(), "the age identity"],
            ]),
        );
    });
    after(async () => {
        await sandbox.stop();
        await rm(sandbox.directory, { recursive: true, force: true });
    });

    it("recovers all, and loses nothing", () => {
        assert.deepEqual(findDrillFaults(report), []);
        assert.deepEqual([report.outage.samplesLost, report.whole.samplesLost], [0, 0]);
        assert.ok(
            report.whole.samplesSent > 50_000,
            `${report.whole.samplesSent} samples prove little`,
        );
    });

    it("finds fault with one that loses, touches or breaks nothing", () => {
        const { outage } = report;
        const faults = findDrillFaults({
            ...report,
            outage: { ...outage, samplesLost: 7, storedMeanwhile: outage.samplesSent },
            whole: { ...report.whole, samplesLost: 9 },
            touched: ["it was started anew"],
            secondUpChanges: 2,
        });
        assert.deepEqual(faults, [
            "samples arrived in the outage: nothing was lost in the first place",
            "7 samples of the outage are lost",
            "9 samples are lost",
            "the receiver was touched: it was started anew",
            "a second pulumi up changed 2 resources",
        ]);
    });

    it("shows neither credential nor key to another process, nor tells it", () => {
        assert.ok(
            sightings.some(({ args }) => args.includes("commands/recover.ts")),
            "saw no recovery",
        );
        const places: Place[] = [
            ...sightings.map(({ args }): Place => ["a process", args]),
            ...told.map((line): Place => ["what is told", line]),
            ["the report", JSON.stringify(report)],
        ];
        assert.deepEqual(scanner.find(places), []);
    });

    it("shows the credential in no environment but that in which pulumi gives a program its configuration", () => {
        const variables = sightings.flatMap((one) => one.variables);
        const places = variables.map((one): Place => [one.replace(/=[^]*/, ""), one]);
        // Pulumi 3.259 starts the program with PULUMI_CONFIG, secrets decrypted, while `adopted` is
        // configured; nobody but the same user and root can read it.
        const found = new Set(scanner.find(places));
        assert.deepEqual([...found], [`PULUMI_CONFIG: ${report.recovered} as plain text`]);
    });

    it("leaves neither in a file but those whose job it is", async () => {
        const { directory } = sandbox;
        const entries = await readdir(directory, { recursive: true, withFileTypes: true });
        const names = entries
            .filter((entry) => entry.isFile())
            .map(({ parentPath, name }) => relative(directory, join(parentPath, name)))
            .filter((name) => !EXCEPT.some((prefix) => name.startsWith(prefix)));
        assert.ok(names.some((name) => name.startsWith("state-restored/")));
        const places = names.map(async (name): Promise<Place> => {
            // A running part may have removed it meanwhile.
            return [name, await readFile(join(directory, name), "latin1").catch(() => "")];
        });
        assert.deepEqual(scanner.find(await Promise.all(places)), []);
    });
});
