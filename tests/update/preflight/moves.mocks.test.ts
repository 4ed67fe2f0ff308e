import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { renderPrometheus } from "../../../kinds/senders/prometheus.ts";
import { objectsOf } from "../../../holders/objects.ts";
import type { Settings } from "../../../settings/settings.ts";
import { refuseMoves } from "../../../update/preflight/moves.ts";
import { receiverSettings, senderSettings, settingsOf } from "../../support/fleet.ts";
import { run } from "../../support/mocks.ts";

const WHERE = "(docs/operating.md, Renaming and moving)";

/** Looks at settings that come after others. */
async function change(
    former: Partial<Settings>,
    next: Partial<Settings>,
    configurations: Readonly<Record<string, string>> = {},
    present: Readonly<Record<string, string>> = {},
): Promise<void> {
    const objects = objectsOf(settingsOf(former), "dev");
    const find = ({ name }: { readonly name: string }) => Promise.resolve(present[name]);
    await run({}, () => refuseMoves(settingsOf(next), { objects, configurations }, find));
}

async function refuses(changing: Promise<void>, message: string): Promise<void> {
    await assert.rejects(changing, (error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(error.message, `prometheus-write-secret:${message}`);
        return true;
    });
}

describe("refuseMoves", () => {
    const [agent, other] = [senderSettings(), senderSettings({ name: "other" })];

    it("takes senders that stay, that are added, and that are taken out", async () => {
        await change({ senders: [agent] }, { senders: [agent] });
        await change({ senders: [agent] }, { senders: [agent, other] });
        await change({ senders: [agent, other] }, { senders: [other] });
    });

    it("refuses another Secret for a receiver, and names the way to it", async () => {
        const receivers = [receiverSettings({ secret: "moved" })];
        await refuses(
            change({}, { receivers }),
            "receivers: east: Secret edge/east-auth would be deleted for Secret edge/moved while pods may mount it: set " +
                "secret or namespace back, or list another one with the new secret first, and take this one out in a " +
                `later update ${WHERE}`,
        );
    });

    it("refuses another ConfigMap for a sender", async () => {
        const senders = [senderSettings({ configMap: "moved" })];
        await refuses(
            change({}, { senders }),
            "senders: agent: ConfigMap monitoring/agent-configuration would be deleted for ConfigMap monitoring/moved " +
                "while pods may mount it: set configMap or namespace back, or list another one with the new configMap " +
                `first, and take this one out in a later update ${WHERE}`,
        );
    });

    it("refuses to take a receiver out that a sender is recorded to push to", async () => {
        const both = [receiverSettings(), receiverSettings({ name: "west" })];
        const senders = [senderSettings({ receiver: "west" })];
        const { credentialsFile } = agent;
        const leaving = (name: string) =>
            change(
                { receivers: both, senders: [agent] },
                { receivers: both.slice(1), senders },
                { agent: renderPrometheus("", { name, url: both[0]?.url ?? "", credentialsFile }) },
            );
        await leaving("west");
        await refuses(
            leaving("east"),
            "receivers: east is listed no more, but sender agent is recorded to push there: list it again, run pulumi up, " +
                "and take it out once agent has loaded its new configuration",
        );
    });

    it("refuses to take one out that a sender was told of by an update that is not on record", async () => {
        const both = [receiverSettings(), receiverSettings({ name: "west" })];
        const senders = [senderSettings({ receiver: "west" })];
        const pushingTo = (name: string) =>
            renderPrometheus("", {
                ...{ name, url: both[0]?.url ?? "", credentialsFile: agent.credentialsFile },
            });
        const leaving = (present: Readonly<Record<string, string>>) =>
            change(
                { receivers: both, senders },
                { receivers: both.slice(1), senders },
                { agent: pushingTo("west") },
                present,
            );
        await leaving({});
        await leaving({ agent: pushingTo("west") });
        await leaving({ agent: "remote_write: [" });
        await refuses(
            leaving({ agent: pushingTo("east") }),
            "receivers: east is listed no more, but sender agent is configured in the cluster to push there: list it again, " +
                "run pulumi up, and take it out once agent has loaded its new configuration",
        );
    });

    it("refuses another name whose objects are others, as names go into theirs", async () => {
        await refuses(
            change({ senders: [agent] }, { senders: [other] }),
            "senders: agent is listed no more, which deletes Secret monitoring/agent-write-credential, and other is " +
                "new, with Secret monitoring/other-write-credential: if it is the same under another name, give it the " +
                "secret and namespace it had; if not, take agent out in an update of its own " +
                WHERE,
        );
    });
});
