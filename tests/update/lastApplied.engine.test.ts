// Secrets that `kubectl apply` wrote: it leaves a copy of what they hold in an annotation, which is
// no secret to the engine. What the API server does with it is not ours: it keeps it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { execa } from "execa";
import { stringify } from "yaml";
import { LAST_APPLIED } from "../../holders/kubernetesSecret.ts";
import { diagnostics } from "../support/deployment.ts";
import { useSandbox } from "../support/fixture.ts";
import { type Neighbour, openNeighbour } from "../support/neighbour.ts";
import { type Place, Scanner } from "../support/scan.ts";

const NAME = "applied";
const STACK = `pulumi:pulumi:Stack (prometheus-write-secret-${NAME})`;
const [AUTH, CREDENTIAL] = [`${NAME}-auth`, `${NAME}-write-credential`];
const REMOVE = `kubectl annotate secret -n monitoring`;
/** Whatever shows what is recorded, or about to be. */
const SHOWING = [
    ["preview", "--diff", "--show-replacement-steps", "--show-sames"],
    ["preview", "--json"],
    ["up", "--yes", "--diff", "--show-full-output"],
    ["refresh", "--yes", "--diff"],
    ["stack", "export"],
] as const;

describe("a Secret that kubectl apply wrote", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const value = randomBytes(24).toString("hex");
    const scanner = new Scanner(new Map([[value, "the credential"]]));
    let stack: Neighbour;

    const kubectl = async (args: readonly string[], input = "") => {
        const { adminKubeconfig, namespace } = stage.sandbox.cluster;
        const identity = ["--kubeconfig", adminKubeconfig, "--namespace", namespace];
        const { path } = stage.sandbox.tools.kubectl;
        return (await execa(path, [...identity, ...args], { input })).stdout;
    };
    const apply = (manifest: object) => kubectl(["apply", "-f", "-"], JSON.stringify(manifest));
    const copies = async (): Promise<readonly string[]> => {
        const found = await Promise.all([AUTH, CREDENTIAL].map((name) => stage.secret(name)));
        const places = found.map(({ annotations }, index): Place => [
            [AUTH, CREDENTIAL][index] ?? "",
            annotations[LAST_APPLIED] ?? "",
        ]);
        return scanner.find(places).map((line) => line.replace(/:.*/, ""));
    };
    const named = async (): Promise<readonly string[]> => {
        const outcome = await stack.deployment.must("preview");
        const said = diagnostics(outcome)[STACK] ?? [];
        return said.filter((line) => line.includes(LAST_APPLIED)).sort();
    };
    const warning = (name: string) =>
        `warning: Secret monitoring/${name} carries a copy of what it held, in plain text, in an annotation ` +
        `that kubectl apply left: ${REMOVE} ${name} ${LAST_APPLIED}-`;
    const shown = async (): Promise<readonly string[]> => {
        const places: Place[] = [];
        for (const args of SHOWING) {
            const { output, events } = await stack.deployment.must(...args);
            places.push([args.join(" "), output], [args.join(" "), JSON.stringify(events)]);
        }
        return scanner.find(places);
    };

    before(async () => {
        stack = await openNeighbour(stage, NAME, "by-hand");
        await stack.deployment.configure({ "adopted.label": "by-hand" });
        await stack.deployment.setSecret("adopted.value", value);
        const files = {
            [AUTH]: {
                "auth.yml": stringify({
                    users: [{ bearer_token: value, url_prefix: "http://127.0.0.1:9" }],
                }),
            },
            [CREDENTIAL]: { token: value },
        };
        for (const [name, stringData] of Object.entries(files)) {
            await apply({ apiVersion: "v1", kind: "Secret", metadata: { name }, stringData });
        }
    });

    describe("before the stack", () => {
        it("is named in preview, with the command that removes the copy", async () => {
            assert.deepEqual(await copies(), [AUTH, CREDENTIAL]);
            assert.deepEqual(await named(), [AUTH, CREDENTIAL].map(warning));
        });

        it("is taken over without the copy in state or output", async () => {
            assert.deepEqual(await shown(), []);
            assert.deepEqual(await copies(), [AUTH, CREDENTIAL]);
        });

        it("is named for as long as it has the copy", async () => {
            assert.deepEqual(await named(), [AUTH, CREDENTIAL].map(warning));
        });

        it("is no longer once the command ran, and nothing changes by it", async () => {
            for (const line of await named()) {
                const command = line.slice(line.indexOf("kubectl annotate"));
                await kubectl(command.split(" ").slice(1));
            }
            assert.deepEqual(await copies(), []);
            assert.deepEqual(await named(), []);
            assert.equal((await stack.deployment.up()).changes, 0);
        });
    });

    describe("after the stack", () => {
        before(async () => {
            for (const name of [AUTH, CREDENTIAL]) {
                const live = JSON.parse(
                    await kubectl(["get", "secret", name, "-o", "json"]),
                ) as object;
                await apply(live);
            }
        });
        after(async () => {
            for (const name of [AUTH, CREDENTIAL]) {
                await kubectl(["annotate", "secret", name, `${LAST_APPLIED}-`]);
            }
        });

        it("is refreshed without the copy in state or output", async () => {
            assert.deepEqual(await copies(), [AUTH, CREDENTIAL]);
            assert.deepEqual(await shown(), []);
        });

        it("is named in preview, also in that of a rotation", async () => {
            assert.deepEqual(await named(), [AUTH, CREDENTIAL].map(warning));
            const rotating = { rotation: stage.newLabel() };
            const names = await stack.deployment.configured(rotating, named);
            assert.deepEqual(names, [AUTH, CREDENTIAL].map(warning));
        });

        it("leaves the stack's state for commands to read", async () => {
            const { output } = await stack.deployment.command("status");
            assert.match(output, /^in use {6}by-hand\naccepted {4}by-hand$/m);
        });
    });
});
