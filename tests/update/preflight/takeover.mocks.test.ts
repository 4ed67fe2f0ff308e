import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { Recorded } from "../../../update/recorded.ts";
import type { Settings } from "../../../settings/settings.ts";
import { refuseTakeover } from "../../../update/preflight/takeover.ts";
import { run } from "../../support/mocks.ts";
import { NOTHING, settingsOf } from "../../support/fleet.ts";
import { LocalCluster } from "../../support/localCluster.ts";

const RECEIVER = "edge/east-auth";
const SENDER = "monitoring/agent-write-credential";
const ADOPTED = { adopted: { label: "by-hand", value: "known" } };
const ADVICE =
    "Restore the stack's state, or set adopted to the credential in use (docs/operating.md, Coming from a credential made by hand), " +
    "or give it another secret";

/** An `auth.yml` that lets in whoever has one of these. */
function auth(...users: readonly object[]): Record<string, string> {
    return { "auth.yml": stringify({ users }) };
}

describe("refuseTakeover", () => {
    let cluster: LocalCluster;
    beforeEach(async () => {
        cluster = new LocalCluster();
        await cluster.start();
    });
    afterEach(() => cluster.stop());

    const look = async (changes: Partial<Settings> = {}, recorded: Recorded = NOTHING) => {
        await run({}, () => refuseTakeover(settingsOf(changes), recorded));
    };
    const refuses = async (message: string, changes: Partial<Settings> = {}) => {
        await assert.rejects(look(changes), (error) => {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.equal(error.message, `prometheus-write-secret:${message}`);
            return true;
        });
    };

    it("lets a new stack make Secrets that are not there", async () => {
        await look();
        assert.deepEqual(cluster.asked, [RECEIVER, SENDER]);
    });

    it("asks for none that the stack has made", async () => {
        const made = { current: "2027", accepted: ["2027"], revision: 1 };
        await look({}, { ...NOTHING, senders: { agent: made }, receivers: { east: made } });
        assert.deepEqual(cluster.asked, []);
    });

    it("refuses a sender's Secret with another credential", async () => {
        cluster.secrets = { [SENDER]: { token: "unknown" } };
        await refuses(
            `senders: agent: Secret ${SENDER} is there already, and this stack did not make it: ` +
                `its credential would be overwritten, and is not the adopted one. ${ADVICE}`,
            ADOPTED,
        );
    });

    it("takes a sender's Secret with the adopted credential, or with none of ours", async () => {
        cluster.secrets = { [SENDER]: { token: "known\n" } };
        await look(ADOPTED);
        cluster.secrets = { [SENDER]: { password: "unknown" } };
        await look();
    });

    for (const [count, remedy, users] of [
        ["1 other credential", "", [{ bearer_token: "unknown" }]],
        [
            "2 other credentials",
            " (once nobody uses them, set retireWithoutProof)",
            [{ bearer_token: "known" }, { username: "a", password: "b" }, { auth_token: "c" }],
        ],
    ] as const) {
        it(`refuses a receiver's Secret that accepts ${count}`, async () => {
            cluster.secrets = { [RECEIVER]: auth(...users) };
            await refuses(
                `receivers: east: Secret ${RECEIVER} is there already, and this stack did not make it: ` +
                    `it accepts ${count}, which would be refused from then on${remedy}. ${ADVICE}`,
                ADOPTED,
            );
        });
    }

    it("refuses a receiver's Secret it cannot read, and shows nothing of it", async () => {
        for (const text of ["users: [unknown", "unknown: 1"]) {
            cluster.secrets = { [RECEIVER]: { "auth.yml": text } };
            await refuses(
                `receivers: east: Secret ${RECEIVER} is there already, and this stack did not make it: ` +
                    `what its auth.yml accepts cannot be read. ${ADVICE}`,
                ADOPTED,
            );
        }
    });

    it("takes a receiver's Secret that accepts the adopted credential", async () => {
        cluster.secrets = { [RECEIVER]: auth({ bearer_token: "known" }) };
        await look(ADOPTED);
    });

    it("takes one that accepts others too where nothing need be proven, but not one of others alone", async () => {
        const settings = { ...ADOPTED, retireWithoutProof: true };
        const other = { bearer_token: "unknown" };
        cluster.secrets = { [RECEIVER]: auth({ bearer_token: "known" }, other) };
        await look(settings);
        cluster.secrets = { [RECEIVER]: auth(other) };
        await assert.rejects(look(settings), /it accepts 1 other credential, which/);
    });

    it("refuses when it may not look", async () => {
        cluster.status = 403;
        const { receivers } = settingsOf();
        await refuses(
            `receivers: it cannot be seen whether Secret ${RECEIVER} is there already (403): the update needs a ` +
                "kubeconfig that can get, list, watch, create and patch Secrets there",
            { receivers, senders: [] },
        );
    });
});
