import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { hashSync } from "bcryptjs";
import { stringify } from "yaml";
import { shaOf } from "../../../kinds/hash.ts";
import type { Recorded } from "../../../update/recorded.ts";
import type { Settings } from "../../../settings/settings.ts";
import { refuseTakeover } from "../../../update/preflight/takeover.ts";
import { run } from "../../support/mocks.ts";
import type { Role } from "../../../holders/holders.ts";
import { NOTHING, receiverSettings, settingsOf } from "../../support/fleet.ts";
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
        const { said } = await run({}, () => refuseTakeover(settingsOf(changes), recorded));
        return said;
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

    it("asks for none that the stack has made, by where they are", async () => {
        const made = { current: "2027", accepted: ["2027"], revision: 1 };
        const remembered = { ...NOTHING, senders: { agent: made }, receivers: { east: made } };
        const object = (role: Role, name: string, place: string) =>
            ({ role, name, identity: `Secret ${place}`, key: "secret" }) as const;
        const here = [object("receivers", "east", RECEIVER), object("senders", "agent", SENDER)];
        await look({}, { ...remembered, objects: here });
        assert.deepEqual(cluster.asked, []);
        const elsewhere = here.map((one) => ({ ...one, identity: `${one.identity}-before` }));
        await look({}, { ...remembered, objects: elsewhere });
        assert.deepEqual(cluster.asked, [RECEIVER, SENDER]);
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

    describe("of hashes", () => {
        const receivers = [{ ...receiverSettings({ kind: "htpasswd" }), key: "auth", hash: "sha" }];
        const hashing = { ...ADOPTED, receivers, usernames: "generation", username: "rw" } as const;

        it("takes the adopted credential under its username, in any hash it knows", async () => {
            for (const hash of [shaOf("known"), hashSync("known", 4)]) {
                for (const made of ["sha", "bcrypt"]) {
                    cluster.secrets = { [RECEIVER]: { auth: `rw:${hash}\n` } };
                    const [receiver] = receivers;
                    const changed = [{ ...receiverSettings(), ...receiver, hash: made }];
                    assert.deepEqual(await look({ ...hashing, receivers: changed }), []);
                }
            }
        });

        it("refuses another username, and says which one to set", async () => {
            cluster.secrets = { [RECEIVER]: { auth: `pusher:${shaOf("known")}\n` } };
            await refuses(
                `receivers: east: Secret ${RECEIVER} is there already, and this stack did not make it: ` +
                    "it accepts the adopted credential as the password of pusher, and would only accept it as " +
                    `the password of rw from then on: set username to pusher. ${ADVICE}`,
                hashing,
            );
        });

        it("refuses what it cannot tell to be the adopted one", async () => {
            const auth = `rw:${shaOf("known")}\nother:$apr1$salt$hash\n`;
            cluster.secrets = { [RECEIVER]: { auth } };
            await refuses(
                `receivers: east: Secret ${RECEIVER} is there already, and this stack did not make it: ` +
                    "it accepts 1 other credential, which would be refused from then on " +
                    `(once nobody uses them, set retireWithoutProof). ${ADVICE}`,
                hashing,
            );
        });
    });

    it("takes a receiver's Secret that accepts the adopted credential for what it will", async () => {
        const url_map = [{ src_paths: ["/api/v1/write"], url_prefix: "http://store:8480" }];
        cluster.secrets = { [RECEIVER]: auth({ bearer_token: "known", url_map }) };
        assert.deepEqual(await look(ADOPTED), []);
    });

    it("names what the adopted credential opens no longer, without the secret in an address", async () => {
        const users = [
            { bearer_token: "known", url_prefix: "http://reader:hidden@store:8480/?key=hidden" },
        ];
        cluster.secrets = { [RECEIVER]: auth(...users) };
        assert.deepEqual(await look(ADOPTED), [
            "warning: receivers: east: whoever uses the adopted credential for more than pushing loses every path but " +
                "/api/v1/write to http://store:8480 with this update: give them a credential of their own before",
        ]);
    });

    for (const [what, user, username, words] of [
        [
            "somebody else's password",
            { username: "reader", password: "known" },
            "edge",
            "as the password of reader, and would only accept it as the password of edge from then on: set username to reader",
        ],
        [
            "a password, not a bearer token",
            { username: "reader", password: "known" },
            undefined,
            "as the password of reader, and would only accept it as a bearer token from then on: set username to reader",
        ],
        [
            "a bearer token, not a password",
            { bearer_token: "known" },
            "edge",
            "as a bearer token, and would only accept it as the password of edge from then on: leave username out",
        ],
    ] as const) {
        it(`refuses a receiver's Secret in which the adopted credential is ${what}`, async () => {
            cluster.secrets = { [RECEIVER]: auth(user) };
            const receivers = [receiverSettings(username === undefined ? {} : { username })];
            await refuses(
                `receivers: east: Secret ${RECEIVER} is there already, and this stack did not make it: it accepts the ` +
                    `adopted credential ${words}. ${ADVICE}`,
                { ...ADOPTED, receivers, retireWithoutProof: true },
            );
        });
    }

    it("goes on with what it made, where the state knows all that is in it and not where it is", async () => {
        const values = { 2026: "former", 2027: "present" };
        const users = Object.entries(values).map(([name, bearer_token]) => ({
            name,
            bearer_token,
        }));
        cluster.secrets = { [RECEIVER]: auth(...users), [SENDER]: { token: "present" } };
        assert.deepEqual(await look({}, { ...NOTHING, values }), []);
        await refuses(
            `receivers: east: Secret ${RECEIVER} is there already, and this stack did not make it: it accepts 2 other ` +
                `credentials, which would be refused from then on. ${ADVICE}`,
        );
    });

    it("says that this program wrote it, for another stack or before the state was lost", async () => {
        const ours = { accepted: "2027", revision: "3" };
        const annotations = Object.entries(ours).map(
            ([key, text]) => [`prometheus-write-secret/${key}`, text] as const,
        );
        cluster.annotations = { [SENDER]: Object.fromEntries(annotations) };
        const maker =
            "is there already, written by another stack of this program, or by this one before its state was lost";
        cluster.secrets = { [SENDER]: { token: "unknown" } };
        await refuses(
            `senders: agent: Secret ${SENDER} ${maker}: its credential would be overwritten, and is not the adopted ` +
                `one. ${ADVICE}`,
            ADOPTED,
        );
        cluster.secrets = { [SENDER]: { token: "known" } };
        assert.deepEqual(await look(ADOPTED), [
            `warning: senders: agent: Secret ${SENDER} ${maker}: it is taken over; where another stack writes it, give it ` +
                "another secret",
        ]);
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
                "kubeconfig that can get, list, watch, create and patch Secrets and ConfigMaps there",
            { receivers, senders: [] },
        );
    });
});
