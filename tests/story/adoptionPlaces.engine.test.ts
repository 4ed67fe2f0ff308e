// The same as adoption.engine.test.ts from where many people keep the credential: a ConfigMap, a
// Compose file, the values of a chart. The receiver that was made by hand holds the real one, and a
// stack takes it over only with the very value: what is read wrongly goes no further.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { firstDelivery } from "../../sandbox/runs/measure.ts";
import { type CommandOutcome, mark } from "../support/deployment.ts";
import { useSandbox } from "../support/fixture.ts";
import { letIn } from "../support/letIn.ts";
import { type Login, makeByHand } from "../support/madeByHand.ts";
import { type Observation, watch } from "../support/watch.ts";

const BY_HAND = "by-hand";

/** A place: its file, from the `prometheus.yml` that runs, and what extract takes it for. */
interface Kept {
    readonly file: string;
    readonly write: (configuration: string, login: Login, url: string) => string;
    readonly place: RegExp;
}

const PLACES: Readonly<Record<string, Kept>> = {
    configmap: {
        file: "monitoring.yaml",
        write: (configuration) =>
            stringify({
                apiVersion: "v1",
                kind: "ConfigMap",
                metadata: { name: "prometheus", namespace: "monitoring" },
                data: { "prometheus.yml": configuration },
            }),
        place: /Adopted monitoring\.yaml: data\.prometheus\.yml: remote_write\[0\]\.basic_auth\.password as by-hand/,
    },
    compose: {
        file: "compose.yaml",
        // Compose would take a single dollar for the beginning of a variable.
        write: (configuration) =>
            stringify({
                services: { prometheus: { image: "prom/prometheus", configs: ["prometheus"] } },
                configs: { prometheus: { content: configuration.replaceAll("$", "$$$$") } },
            }),
        place: /Adopted compose\.yaml: .*remote_write\[0\]\.basic_auth\.password as by-hand/,
    },
    chart: {
        file: "values.yaml",
        write: (_configuration, { username, password }, url) =>
            stringify({
                cluster: { name: "edge" },
                destinations: [
                    {
                        name: "central",
                        type: "prometheus",
                        url,
                        auth: { type: "basic", username, password },
                    },
                ],
            }),
        place: /Adopted values\.yaml: destinations\[0\]\.auth\.password as by-hand/,
    },
};

for (const [name, kept] of Object.entries(PLACES)) {
    describe(`a stack that takes over what a ${name} holds`, function () {
        this.timeout(300_000);
        const stage = useSandbox();
        const login = { username: "edge", password: `${randomBytes(20).toString("hex")}$9k` };
        let extracted: CommandOutcome;
        let rotated: Observation<CommandOutcome>;
        let accepted: readonly string[];

        before(async () => {
            const old = await makeByHand(stage, name, login);
            const sender = await old.start();
            await firstDelivery([old.storeUrl]);
            const directory = dirname(old.configuration);
            const file = join(directory, kept.file);
            const configuration = await readFile(old.configuration, "utf8");
            await writeFile(file, kept.write(configuration, login, old.receiverUrl));
            extracted = await old.deployment.command("extract", file);
            await old.deployment.up();
            await sender.stop();
            await rm(directory, { recursive: true });
            const present = await old.startMounted();
            const tokenOf = async () =>
                (await stage.secret(`${name}-write-credential`)).files["token"] ?? "";
            const rotate = () => old.deployment.command("rotate", "--yes");
            rotated = await watch(present, rotate, tokenOf);
            const { files } = await stage.secret(`${name}-auth`);
            accepted = [...letIn(files)].map(([label, value]) => `${label} ${mark(value)}`);
        });

        it("finds it without being told what the file is", () => {
            assert.equal(extracted.exitCode, 0, extracted.output);
            assert.match(extracted.output, kept.place);
            assert.ok(!extracted.output.includes(login.password));
        });

        it("rotates off it, and loses no sample", () => {
            const { exitCode, output } = rotated.outcome;
            assert.equal(exitCode, 0, output);
            assert.equal(rotated.held[0], mark(login.password));
            assert.equal(rotated.held.length, 2);
            assert.ok(accepted.includes(`${BY_HAND} ${mark(login.password)}`));
            const { samplesSent, samplesLost } = rotated.count;
            assert.ok(samplesSent > 10_000, `${samplesSent} samples prove little`);
            assert.equal(samplesLost, 0);
        });
    });
}
