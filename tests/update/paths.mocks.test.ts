import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ReceiverSettings } from "../../settings/settings.ts";
import { withFormerPaths } from "../../update/paths.ts";
import type { Recorded } from "../../update/recorded.ts";
import { NOTHING, receiverSettings, senderSettings, settingsOf } from "../support/fleet.ts";
import { run } from "../support/mocks.ts";

const PATH = "/api/v1/write";
const NEXT = "https://push.example/next";
const pushingTo = (path: string) => ({
    agent: `remote_write: [{ name: east, url: "https://push.example${path}" }]`,
});

/** What the receiver goes on to open, and what is said. */
async function former(receiver: Partial<ReceiverSettings>, recorded: Partial<Recorded>) {
    const receivers = [receiverSettings(receiver)];
    const settings = settingsOf({ receivers, senders: [senderSettings()] });
    let found: readonly (readonly string[] | undefined)[] = [];
    const { said } = await run({}, () => {
        const known = withFormerPaths(settings, { ...NOTHING, ...recorded });
        found = known.receivers.map((one) => one.formerPaths);
    });
    return { former: found[0], said };
}

describe("withFormerPaths", () => {
    const recorded = {
        paths: { east: { open: [PATH], proven: [PATH] } },
        configurations: pushingTo(PATH),
    };

    it("keeps none on a new stack, nor where the path stays", async () => {
        assert.deepEqual(await former({}, {}), { former: [], said: [] });
        assert.deepEqual(await former({}, recorded), { former: [], said: [] });
    });

    it("keeps the one that was proven, and says how it is closed", async () => {
        assert.deepEqual(await former({ url: NEXT }, recorded), {
            former: [PATH],
            said: [
                "warning: receivers: east opens /next and goes on to open /api/v1/write: once every sender has loaded " +
                    "its new configuration, close it: closedPaths: [/api/v1/write]",
            ],
        });
    });

    it("keeps what it was told to open, whatever became of its Secret, and says nothing more", async () => {
        for (const open of [undefined, ["/next", PATH]]) {
            const paths = { east: { open, told: ["/next", PATH], proven: ["/next"] } };
            assert.deepEqual(await former({ url: NEXT }, { paths }), { former: [PATH], said: [] });
        }
    });

    it("keeps none that somebody opened by hand, unless a sender pushes there", async () => {
        const paths = { east: { open: [PATH, "/hand"], proven: [PATH] } };
        assert.deepEqual((await former({}, { paths })).former, []);
        const pushing = await former({}, { paths, configurations: pushingTo("/hand") });
        assert.deepEqual(pushing.former, ["/hand"]);
    });

    it("closes what it is told to", async () => {
        const paths = { east: { open: ["/next", PATH], told: ["/next", PATH], proven: [PATH] } };
        const closing = { url: NEXT, closedPaths: [PATH] };
        const closed = await former(closing, { paths, configurations: pushingTo("/next") });
        assert.deepEqual(closed, { former: [], said: [] });
    });

    it("refuses to close where a sender is recorded to push", async () => {
        await assert.rejects(former({ url: NEXT, closedPaths: [PATH] }, recorded), (error) => {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.equal(
                error.message,
                "prometheus-write-secret:receivers: east: closedPaths names /api/v1/write, where sender agent is " +
                    "recorded to push: take it out, run pulumi up, and close it once that sender has loaded its new " +
                    "configuration",
            );
            return true;
        });
    });
});
