// The command itself on a stack of its own, with the real pulumi. Does not prove that a rotation
// goes on from there.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { execa } from "execa";
import { parse } from "yaml";
import { COMMAND, Extraction } from "../../support/extraction.ts";
import { lookAround, watchProcesses } from "../../support/processes.ts";
import { type Place, Scanner } from "../../support/scan.ts";

const NAMESPACE = "prometheus-write-secret";

const newSecret = () => randomBytes(24).toString("hex");

describe("npm run extract", function () {
    this.timeout(120_000);
    let extraction: Extraction;
    before(async () => {
        extraction = await Extraction.open();
    });
    after(() => extraction.close());
    beforeEach(() => extraction.reset());

    it("adopts an inline password, which no process, output or file ever shows", async () => {
        const secret = newSecret();
        const path = await extraction.writePrometheus(secret);
        const { outcome, sightings } = await watchProcesses(() =>
            extraction.extract(["prometheus", path]),
        );
        assert.deepEqual([outcome.exitCode, outcome.stderr], [0, ""]);
        assert.equal(
            outcome.stdout,
            [
                "  1  prometheus.yml: remote_write[0].basic_auth.password",
                `     ${/basic auth, .*/.exec(outcome.stdout)?.[0] ?? ""}`,
                "     warning: it stands there in plain text",
                "     advice: everybody who reads this file, a copy or its history in Git has it: rotate, and use a " +
                    "credential file",
                "",
                "Adopted prometheus.yml: remote_write[0].basic_auth.password as by-hand. Move off it with: npm run rotate",
            ].join("\n"),
        );
        const { config } = parse(await extraction.stackFile()) as {
            config: Record<string, unknown>;
        };
        const { value, ...rest } = config[`${NAMESPACE}:adopted`] as Record<string, object>;
        assert.deepEqual(Object.keys(value ?? {}), ["secure"]);
        assert.deepEqual(rest, { label: "by-hand" });
        assert.equal(config[`${NAMESPACE}:username`], "push");
        assert.equal(await extraction.get("--path", `${NAMESPACE}:adopted.value`), secret);

        const scanner = new Scanner(new Map([[secret, "the password"]]));
        const set = `config set --path --secret ${NAMESPACE}:adopted.value`;
        assert.ok(
            sightings.some(({ args }) => args.includes(set)),
            "pulumi was not seen while it read the password",
        );
        const places = sightings.flatMap(({ pid, args, variables }): Place[] => [
            [`arguments of ${pid}`, args],
            ...variables.map((one): Place => [`environment of ${pid}`, one]),
        ]);
        const output: Place = ["output", outcome.stdout + outcome.stderr];
        assert.deepEqual(scanner.find([...places, output, ...(await extraction.filesLeft())]), []);
    });

    it("would see a secret in the arguments and the environment of a process", async () => {
        const secret = newSecret();
        const child = execa("sh", ["-c", "echo; read -r go", "sh", secret], {
            env: { SECRET: secret },
            reject: false,
        });
        await new Promise((resolveOutput) => child.stdout.once("data", resolveOutput));
        const seen = lookAround().filter(
            ({ args, variables }) =>
                args.includes(secret) && variables.includes(`SECRET=${secret}`),
        );
        child.stdin.end("\n");
        await child;
        assert.equal(seen.length, 1);
    });

    it("adopts a variable of its own environment, and does not hand it on", async () => {
        const secret = newSecret();
        const args = ["environment", "RW_TOKEN", "--label", "2026"];
        const { outcome, sightings } = await watchProcesses(() =>
            extraction.extract(args, { RW_TOKEN: secret, COPY: `Bearer ${secret}` }),
        );
        assert.deepEqual([outcome.exitCode, outcome.stderr], [0, ""]);
        assert.deepEqual(
            sightings
                .filter((one) => [one.args, ...one.variables].join(" ").includes(secret))
                .filter((one) => !one.args.includes(COMMAND))
                .map(({ args: seen }) => seen),
            [],
        );
        assert.ok(sightings.some((one) => one.args.includes("config set")));
        const { config } = parse(await extraction.stackFile()) as {
            config: Record<string, unknown>;
        };
        assert.deepEqual(Object.keys(config), [`${NAMESPACE}:adopted`]);
        assert.equal((config[`${NAMESPACE}:adopted`] as { label: unknown }).label, "2026");
        const show = ["config", "--show-secrets", "--json"];
        const { stdout } = await extraction.run(extraction.pulumi, show);
        const values = JSON.parse(stdout) as Record<string, { objectValue: unknown }>;
        assert.deepEqual(values[`${NAMESPACE}:adopted`]?.objectValue, {
            label: "2026",
            value: secret,
        });
    });

    for (const [value, username] of [
        [" leading and trailing ", "123456"],
        [`--path "quoted' \\back$lash %41 €ß`, "-user name"],
        ["0123", "true"],
    ] as const) {
        it(`keeps ${JSON.stringify(value)} of ${username} byte for byte`, async () => {
            const { exitCode, stderr } = await extraction.extract([
                "prometheus",
                await extraction.writePrometheus(value, username),
                "--choose=1", // a space at an end is in doubt
            ]);
            assert.deepEqual([exitCode, stderr], [0, ""]);
            assert.equal(await extraction.get("--path", `${NAMESPACE}:adopted.value`), value);
            assert.equal(await extraction.get(`${NAMESPACE}:username`), username);
        });
    }

    it("only reports in a dry run, without pulumi", async () => {
        const secret = newSecret();
        const args = [
            "prometheus",
            await extraction.writePrometheus(secret),
            "--dry-run",
            "--json",
        ];
        const before = await extraction.stackFile();
        const { exitCode, stdout, stderr } = await extraction.extract(args, { PATH: "/nowhere" });
        assert.deepEqual([exitCode, stderr, await extraction.stackFile()], [0, "", before]);
        const report = JSON.parse(stdout) as { found: { bits: number }[] };
        assert.deepEqual(report, {
            found: [
                {
                    number: 1,
                    place: "prometheus.yml: remote_write[0].basic_auth.password",
                    kind: "basic auth",
                    username: "push",
                    length: 48,
                    bits: report.found[0]?.bits,
                    plaintext: true,
                    advice:
                        "everybody who reads this file, a copy or its history in Git has it: rotate, and use a " +
                        "credential file",
                },
            ],
        });
    });

    it("says to machines what it adopted", async () => {
        const path = await extraction.writePrometheus(newSecret());
        const { stdout } = await extraction.extract(["prometheus", path, "--json"]);
        assert.deepEqual((JSON.parse(stdout) as { adopted: unknown }).adopted, {
            place: "prometheus.yml: remote_write[0].basic_auth.password",
            label: "by-hand",
        });
    });
});
