import assert from "node:assert/strict";
import { objectsOf } from "../../holders/objects.ts";
import type { Settings } from "../../settings/settings.ts";
import { aliasesOf, underPresentNames } from "../../update/presentNames.ts";
import { NOTHING, receiverSettings, senderSettings, settingsOf } from "../support/fleet.ts";

const made = { current: "2027", accepted: ["2027"], revision: 1 };

/** What is recorded of a stack with these settings, as one with the next ones sees it. */
function change(former: Partial<Settings>, next: Partial<Settings>) {
    const settings = settingsOf(former);
    const named = <T>(all: readonly { name: string }[], one: T) =>
        Object.fromEntries(all.map(({ name }) => [name, one]));
    const recorded = {
        ...NOTHING,
        receivers: named(settings.receivers, made),
        senders: named(settings.senders, made),
        configurations: named(settings.senders, "a: 1\n"),
        objects: objectsOf(settings, "dev"),
    };
    return { recorded, seen: underPresentNames(settingsOf(next), recorded, "dev") };
}

describe("underPresentNames", () => {
    it("changes nothing where nobody is called something else", () => {
        const { recorded, seen } = change({}, {});
        assert.deepEqual(seen, recorded);
        assert.deepEqual(aliasesOf(seen, "senders", "agent"), []);
    });

    it("knows a sender by its Secret, and where it was recorded under another name", () => {
        const { secret, configMap } = senderSettings();
        const senders = [senderSettings({ name: "edge", secret, configMap })];
        const { seen } = change({}, { senders });
        assert.deepEqual(seen.senders, { edge: made });
        assert.deepEqual(seen.configurations, { edge: "a: 1\n" });
        assert.deepEqual(
            seen.objects.map(({ role, name, key }) => [role, name, key]),
            [
                ["receivers", "east", "secret"],
                ["senders", "edge", "secret"],
                ["senders", "edge", "configMap"],
            ],
        );
        assert.deepEqual(aliasesOf(seen, "senders", "edge"), [{ name: "agent" }]);
        assert.deepEqual(aliasesOf(seen, "receivers", "edge"), []);
    });

    it("knows a receiver likewise, also where a sender has its name", () => {
        const receivers = [receiverSettings({ name: "agent", secret: "east-auth" })];
        const { seen } = change({}, { receivers });
        assert.deepEqual(seen.receivers, { agent: made });
        assert.deepEqual(aliasesOf(seen, "receivers", "agent"), [{ name: "east" }]);
    });

    it("takes a sender whose Secret is new for another one", () => {
        const senders = [senderSettings({ name: "edge" })];
        assert.deepEqual(change({}, { senders }).seen.senders, { agent: made });
    });

    const [a, b] = ["a", "b"].map((name) => senderSettings({ name }));
    const called = (name: string, one = a) => ({ ...(one ?? assert.fail()), name });

    for (const [what, next, message] of [
        [
            "names that are swapped",
            [called("b", a), called("a", b)],
            "b takes over Secret monitoring/a-write-credential from a, and a",
        ],
        [
            "a name that passes on",
            [called("b", a), called("c", b)],
            "b takes over Secret monitoring/a-write-credential from a, and b",
        ],
    ] as const) {
        it(`refuses ${what} in one update`, () => {
            assert.throws(
                () => change({ senders: [called("a", a), called("b", b)] }, { senders: next }),
                {
                    message: `senders: ${message} is another one: give b a name that none has or had, run pulumi up, then go on`,
                },
            );
        });
    }
});
