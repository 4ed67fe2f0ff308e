// Values as the real helm keeps them of a release, and prints them.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { machine } from "../../../commands/extract/machine.ts";
import { helm } from "../../../commands/extract/helmValues.ts";
import { provideTools } from "../../../sandbox/toolchain/toolchain.ts";
import { useSandbox } from "../../support/fixture.ts";

const CHART = { apiVersion: "v2", name: "push", version: "0.1.0" };
const TEMPLATE = `
apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ .Release.Name }}" }
data:
  prometheus.yml: |
    remote_write: {{ toJson .Values.server.remoteWrite }}
`;

describe("extract -- helm", function () {
    this.timeout(120_000);
    const stage = useSandbox();
    const password = randomBytes(24).toString("base64url");
    let directory: string;
    let run: (...args: readonly string[]) => Promise<string>;

    before(async () => {
        const command = (await provideTools(["helm"])).helm.path;
        directory = await mkdtemp(join(tmpdir(), "helm-"));
        await mkdir(join(directory, "chart", "templates"), { recursive: true });
        await writeFile(join(directory, "chart", "Chart.yaml"), stringify(CHART));
        await writeFile(join(directory, "chart", "templates", "configuration.yaml"), TEMPLATE);
        const entry = { url: "https://a", basic_auth: { username: "edge", password } };
        const values = stringify({ server: { remoteWrite: [entry] } });
        await writeFile(join(directory, "values.yaml"), values);
        run = async (...args) => {
            const { PATH = "" } = process.env;
            const { stdout } = await execa(command, ["--namespace=default", ...args], {
                cwd: directory,
                extendEnv: false,
                env: {
                    PATH,
                    HOME: directory,
                    KUBECONFIG: stage.sandbox.cluster.adminKubeconfig,
                },
            });
            return stdout;
        };
        await run("install", "push", "./chart", "--values=values.yaml");
    });
    after(async () => {
        await run("uninstall", "push");
        await rm(directory, { recursive: true });
    });

    const printed: Readonly<Record<string, readonly string[]>> = {
        "for people": [],
        "for people, with the chart's own": ["--all"],
        "as YAML": ["--output=yaml"],
        "as JSON": ["--all", "--output=json"],
    };
    for (const [how, options] of Object.entries(printed)) {
        it(`finds the password in a release's values, printed ${how}`, async () => {
            const path = join(directory, "printed.yaml");
            await writeFile(path, await run("get", "values", "push", ...options));
            const found = await helm.find([path], {}, machine);
            assert.deepEqual(
                found.map(({ place, kind, username }) => [place, kind, username]),
                [["printed.yaml: server.remoteWrite[0].basic_auth.password", "basic auth", "edge"]],
            );
            assert.ok(found[0]?.value === password, "another value was found");
        });
    }
});
