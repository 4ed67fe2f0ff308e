import assert from "node:assert/strict";
import { describeRotation, type Proof } from "../../rotation/record.ts";
import { readRecorded } from "../../update/readRecorded.ts";
import { run, secret, type Recorded } from "../support/mocks.ts";
import { NOTHING } from "../support/fleet.ts";

const SECRET = "kubernetes:core/v1:Secret";
const SENDER = `prometheus-write-secret:index:Sender$${SECRET}`;
const OF_CREDENTIAL = "prometheus-write-secret:index:WriteCredential";
const OF_MIRROR = "prometheus-write-secret:index:CredentialMirror";
const OF_RECORD = "prometheus-write-secret:index:RotationRecord";
const RECEIVER = `prometheus-write-secret:index:Receiver$${SECRET}`;

/** A Secret as the engine records it: what is secret in it has its mark. */
function recordSecret(types: string, name: string, annotations?: object): Recorded {
    const outputs = { metadata: { name, annotations }, stringData: secret({ token: "value" }) };
    return { [urnOf(types, name)]: { type: SECRET, outputs } };
}

/** A sealed file on GitHub, as the engine records it. */
function recordFile(name: string): Recorded {
    const type = "github:index/repositoryFile:RepositoryFile";
    return { [urnOf(`${OF_MIRROR}$${type}`, name)]: { type, outputs: {} } };
}

/** A stash in a component, as the engine records it. */
function recordStash(component: string, name: string, input: unknown): Recorded {
    const type = "pulumi:index:Stash";
    return { [urnOf(`${component}$${type}`, name)]: { type, outputs: { input, output: input } } };
}

function urnOf(types: string, name: string): string {
    return `urn:pulumi:dev::prometheus-write-secret::${types}::${name}`;
}

function annotate(accepted: string, revision: string): object {
    return {
        "prometheus-write-secret/accepted": accepted,
        "prometheus-write-secret/revision": revision,
    };
}

/** A record of revision 3. */
function recordOf(proven: readonly Pick<Proof, "how">[] = []) {
    const at = "2027-01-01T00:00:00.000Z";
    return describeRotation({
        ...{ organization: "acme", project: "observability", stack: "dev" },
        plan: { current: "2027", accepted: ["2027"], retired: [], revision: 3 },
        ...{ previous: undefined, senders: [], emergency: undefined, sealed: {} },
        proven: proven.map(({ how }) => ({ receiver: "east", url: "http://r/w", how, at })),
        now: new Date(at),
    });
}

async function remember(recorded?: Recorded) {
    const { result } = await run({ recorded }, () => readRecorded());
    return result;
}

describe("readRecorded", () => {
    it("finds nothing in a new stack", async () => {
        assert.deepEqual(await remember(), NOTHING);
    });

    it("finds nothing in a stack without resources", async () => {
        assert.deepEqual(await remember({}), NOTHING);
    });

    it("reads what each sender and receiver was written for, also of one name", async () => {
        const recorded = {
            ...recordSecret(SENDER, "agent", annotate("2027,2026", "3")),
            ...recordSecret(SENDER, "east", annotate("2026", "1")),
            ...recordSecret(RECEIVER, "east", annotate("2027,2026", "2")),
        };
        assert.deepEqual(await remember(recorded), {
            ...NOTHING,
            senders: {
                agent: { current: "2027", accepted: ["2027", "2026"], revision: 3 },
                east: { current: "2026", accepted: ["2026"], revision: 1 },
            },
            receivers: { east: { current: "2027", accepted: ["2027", "2026"], revision: 2 } },
        });
    });

    it("remembers nothing of a Secret that names a generation there never was", async () => {
        const recorded = {
            ...recordSecret(SENDER, "agent", annotate("2027,2026", "3")),
            ...recordSecret(RECEIVER, "east", annotate("2027,never", "3")),
            ...recordStash(OF_CREDENTIAL, "write-labels", ["2026", "2027"]),
        };
        assert.deepEqual(await remember(recorded), {
            ...NOTHING,
            labels: ["2026", "2027"],
            senders: { agent: { current: "2027", accepted: ["2027", "2026"], revision: 3 } },
        });
    });

    it("remembers a generation that only the Secrets know, as in an older state that was refreshed", async () => {
        const marked = annotate("2028,2027", "4");
        const users = ["2028", "2027"].map((name) => ({ name, bearer_token: `of ${name}` }));
        const text = Buffer.from(JSON.stringify({ users })).toString("base64");
        const [[urn, told] = []] = Object.entries(recordSecret(RECEIVER, "east", marked));
        const outputs = { ...(told?.outputs as object), data: secret({ "auth.yml": text }) };
        const { receivers, senders, values } = await remember({
            [urn ?? ""]: { type: SECRET, outputs },
            ...recordSecret(SENDER, "agent", marked),
            ...recordStash(OF_CREDENTIAL, "write-labels", ["2027"]),
        });
        const newer = { current: "2028", accepted: ["2028", "2027"], revision: 4 };
        assert.deepEqual([receivers, senders], [{ east: newer }, { agent: newer }]);
        assert.equal(values["2028"], "of 2028");
    });

    it("ignores Secrets that are not a sender's or a receiver's", async () => {
        const ours = annotate("2026", "1");
        const recorded = {
            ...recordSecret(SECRET, "foreign", ours),
            ...recordSecret(`my:index:Sender$${SECRET}`, "foreign", ours),
            ...recordSecret(`prometheus-write-secret:index:SenderFleet$${SECRET}`, "other", ours),
            ...recordSecret(SENDER, "unmarked"),
            ...recordSecret(RECEIVER, "marked-by-others", { "example.com/accepted": "2026" }),
        };
        assert.deepEqual(await remember(recorded), NOTHING);
    });

    it("ignores resources without metadata, the components themselves among them", async () => {
        const component = "prometheus-write-secret:index:Sender";
        const password = "random:index/randomPassword:RandomPassword";
        const outputs = { result: secret("value") };
        const recorded = {
            [urnOf(component, "agent")]: { type: component, outputs: {} },
            [urnOf(password, "write-2026")]: { type: password, outputs },
        };
        assert.deepEqual(await remember(recorded), NOTHING);
    });

    it("knows a repository that the stack made", async () => {
        const type = "github:index/repository:Repository";
        const urn = urnOf(`prometheus-write-secret:index:CredentialMirror$${type}`, "mirror");
        const recorded = { [urn]: { type, outputs: { name: "vault" } } };
        assert.deepEqual(await remember(recorded), { ...NOTHING, repository: "vault" });
    });

    it("knows a mirror that a refresh took for gone by a record that has no file", async () => {
        const record = recordOf();
        const content = JSON.stringify(record);
        const recorded = recordStash(OF_RECORD, "record-stash", { content });
        const remembered = { ...NOTHING, record, proven: 3 };
        assert.deepEqual(await remember(recorded), { ...remembered, mirrorForgotten: true });
        const pushed = recordStash(OF_MIRROR, "mirror-pushed", { remote: "r", branch: "main" });
        assert.deepEqual(await remember({ ...pushed, ...recorded }), remembered);
    });

    it("knows which credentials are kept, and every label there was", async () => {
        const credential = "prometheus-write-secret:index:WriteCredential";
        const password = "random:index/randomPassword:RandomPassword";
        const make = (name: string, keepers: object): Recorded => {
            const outputs = { keepers, result: secret("value") };
            return { [urnOf(`${credential}$${password}`, name)]: { type: password, outputs } };
        };
        const recorded = {
            ...make("write-2027", { rotation: "2027" }),
            ...make("write-2026", { rotation: "2026" }),
            ...make("write-before-salt", { adopted: "before" }),
            [urnOf(password, "foreign")]: {
                type: password,
                outputs: { keepers: { rotation: "x" } },
            },
            ...recordStash(credential, "write-labels", ["before", "2026", "2027"]),
        };
        assert.deepEqual(await remember(recorded), {
            ...NOTHING,
            kept: ["2026", "2027"],
            values: { 2026: "value", 2027: "value" },
            labels: ["before", "2026", "2027"],
        });
    });

    it("knows the value of what was adopted, where receivers hold its hash alone", async () => {
        const credential = "prometheus-write-secret:index:WriteCredential";
        const before = { salt: "s", fingerprint: "f", username: "rw", value: "by-people" };
        const adoptions = { before, other: { salt: "s", fingerprint: "f" } };
        assert.deepEqual(await remember(recordStash(credential, "write-adopted", adoptions)), {
            ...NOTHING,
            adoptions,
            values: { before: "by-people" },
        });
    });

    it("knows each sender's configuration", async () => {
        const type = "kubernetes:core/v1:ConfigMap";
        const urn = urnOf(`prometheus-write-secret:index:Sender$${type}`, "agent-configuration");
        const recorded = { [urn]: { type, outputs: { data: { "prometheus.yml": "a: 1\n" } } } };
        const configurations = { agent: "a: 1\n" };
        assert.deepEqual(await remember(recorded), { ...NOTHING, configurations });
    });
});

describe("readRecorded, of the record", () => {
    const remembered = (proven: readonly Pick<Proof, "how">[]) => {
        const record = recordOf(proven);
        const content = JSON.stringify(record);
        const recorded = {
            ...recordStash(OF_RECORD, "record-stash", { content }),
            ...recordFile("mirror"),
        };
        return { record, recorded };
    };

    it("is not taken in by what is kept of its push", async () => {
        const { record, recorded } = remembered([]);
        const pushed = recordStash(OF_RECORD, "record-pushed", { remote: "r", branch: "main" });
        const remembering = remember({ ...pushed, ...recorded });
        assert.deepEqual(await remembering, { ...NOTHING, record, proven: 3 });
    });

    it("takes the revision for proven when every receiver is", async () => {
        const { record, recorded } = remembered([{ how: "probe" }]);
        const paths = { east: { proven: ["/w"] } };
        assert.deepEqual(await remember(recorded), { ...NOTHING, record, proven: 3, paths });
    });

    it("takes no revision for proven when a receiver is not", async () => {
        const { record, recorded } = remembered([{ how: "probe" }, { how: "unproven" }]);
        const paths = { east: { proven: ["/w"] } };
        assert.deepEqual(await remember(recorded), { ...NOTHING, record, paths });
    });

    it("knows of the key that signs it", async () => {
        const { record, recorded } = remembered([]);
        const type = "random:index/randomPassword:RandomPassword";
        const outputs = { result: secret("value") };
        const key = { [urnOf(`${OF_RECORD}$${type}`, "record-key")]: { type, outputs } };
        const signed = { ...NOTHING, record, proven: 3, signed: true };
        assert.deepEqual(await remember({ ...recorded, ...key }), signed);
    });

    for (const content of [undefined, null, 7, "", "{", "null", "{}", '{"format":1}']) {
        it(`takes ${JSON.stringify(content)} for none, so that another is made`, async () => {
            const recorded = recordStash(OF_RECORD, "record-stash", { content });
            assert.deepEqual(await remember(recorded), NOTHING);
        });
    }
});
