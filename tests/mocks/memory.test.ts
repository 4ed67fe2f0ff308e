import assert from "node:assert/strict";
import { readMemory } from "../../memory.ts";
import { run, secret, type Recorded } from "../mocks.ts";

const SECRET = "kubernetes:core/v1:Secret";
const SENDER = `prometheus-write-secret:index:Sender$${SECRET}`;
const RECEIVER = `prometheus-write-secret:index:Receiver$${SECRET}`;

/** A Secret as the engine records it: what is secret in it has its mark. */
function recordSecret(types: string, name: string, annotations?: object): Recorded {
    const outputs = { metadata: { name, annotations }, stringData: secret({ token: "value" }) };
    return { [urnOf(types, name)]: { type: SECRET, outputs } };
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

async function remember(recorded?: Recorded) {
    const { result } = await run({ recorded }, () => readMemory());
    return result;
}

describe("readMemory", () => {
    const nothing = { senders: {}, receivers: {}, hasRepository: false };

    it("finds nothing in a new stack", async () => {
        assert.deepEqual(await remember(), nothing);
    });

    it("finds nothing in a stack without resources", async () => {
        assert.deepEqual(await remember({}), nothing);
    });

    it("reads what each sender and receiver was written for, also of one name", async () => {
        const recorded = {
            ...recordSecret(SENDER, "agent", annotate("2027,2026", "3")),
            ...recordSecret(SENDER, "east", annotate("2026", "1")),
            ...recordSecret(RECEIVER, "east", annotate("2027,2026", "2")),
        };
        assert.deepEqual(await remember(recorded), {
            senders: {
                agent: { accepted: ["2027", "2026"], revision: 3 },
                east: { accepted: ["2026"], revision: 1 },
            },
            receivers: { east: { accepted: ["2027", "2026"], revision: 2 } },
            hasRepository: false,
        });
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
        assert.deepEqual(await remember(recorded), nothing);
    });

    it("ignores resources without metadata, the components themselves among them", async () => {
        const component = "prometheus-write-secret:index:Sender";
        const password = "random:index/randomPassword:RandomPassword";
        const outputs = { result: secret("value") };
        const recorded = {
            [urnOf(component, "agent")]: { type: component, outputs: {} },
            [urnOf(password, "write-2026")]: { type: password, outputs },
        };
        assert.deepEqual(await remember(recorded), nothing);
    });

    it("knows a repository that the stack made", async () => {
        const type = "github:index/repository:Repository";
        const urn = urnOf(`prometheus-write-secret:index:CredentialMirror$${type}`, "mirror");
        const recorded = { [urn]: { type, outputs: { name: "vault" } } };
        assert.deepEqual(await remember(recorded), { ...nothing, hasRepository: true });
    });
});
