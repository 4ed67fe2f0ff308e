// An emergency while one of three receivers is down: it must not keep the others from refusing what
// leaked. Its replicas are down, not its Secret.
import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { probe } from "../../proof/probe.ts";
import { type CommandOutcome } from "../support/deployment.ts";
import { useSandbox } from "../support/fixture.ts";
import { Front } from "../support/front.ts";
import { startReceiver } from "../support/neighbour.ts";

describe("an emergency while one of three receivers is down", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const front = new Front();
    let restore: string;
    let urls: readonly string[];
    let leaked: string;
    let former: string;
    let outcome: CommandOutcome;

    const answers = (token: string, asked: readonly string[]) =>
        Promise.all(asked.map(async (url) => (await probe(url, { token })).kind));

    before(async () => {
        const { deployment, sandbox } = stage;
        const directory = await mkdtemp(join(tmpdir(), "receivers-"));
        const [second, behind] = await Promise.all(
            ["nearby", "distant"].map((name) => startReceiver(stage, name, join(directory, name))),
        );
        const third = await front.start(new URL("/", behind).href);
        urls = [sandbox.fleet.receiverUrl, second ?? "", new URL("/api/v1/write", third).href];
        await deployment.configure((text) => {
            restore = text;
            return text;
        });
        const { namespace } = sandbox.cluster;
        const common = { kind: "vmauth", namespace, upstream: sandbox.fleet.store.url };
        await deployment.configure({
            "receivers.1": { name: "nearby", url: urls[1], ...common },
            "receivers.2": { name: "distant", url: urls[2], ...common },
            projectionLimitSeconds: 120,
        });
        await deployment.up();
        await stage.senderFollowed();
        former = (await deployment.rotation()).current;
        leaked = await stage.senderToken();
        await deployment.configure({ projectionLimitSeconds: 2 });
        await front.stop();
        outcome = await deployment.command(
            ...["rotate", stage.newLabel(), "--yes", "--emergency", "token in a log"],
        );
    });
    after(async () => {
        const { deployment } = stage;
        const { current } = await deployment.rotation();
        await deployment.configure(() =>
            restore.replace(/(write-secret:rotation: ).*/, `$1"${current}"`),
        );
        await deployment.up();
        await front.stop();
    });

    it("has the others refuse what leaked, and gives the sender what they accept", async () => {
        const [first = "", second = ""] = urls;
        const present = await stage.senderToken();
        assert.deepEqual(await answers(leaked, [first, second]), ["refused", "refused"]);
        assert.deepEqual(await answers(present, [first, second]), ["accepted", "accepted"]);
    });

    it("fails, names the one that is down, and says what to do", () => {
        const { exitCode, output } = outcome;
        assert.notEqual(exitCode, 0);
        assert.match(output, new RegExp(`distant [^\\n]* at ${urls[2] ?? ""}`));
        assert.match(
            output,
            new RegExp(
                `Receivers were told to refuse ${former}, for good, but the rotation is not finished: run pulumi up until ` +
                    "it is",
            ),
        );
    });

    it("is over once that one is up again, by the command it named", async () => {
        await front.start();
        await stage.deployment.up();
        assert.deepEqual(await answers(leaked, urls), ["refused", "refused", "refused"]);
        const { output } = await stage.deployment.command("status", "--json");
        const { faults } = JSON.parse(output) as { faults: { kind: string }[] };
        // Without counters generations of other suites stay.
        assert.deepEqual(
            faults.map(({ kind }) => kind).filter((kind) => kind !== "outlived"),
            [],
        );
    });
});
