// The laws that every row of the tables keeps. What a real receiver or sender makes of the files is
// told by the engine's tests.
import assert from "node:assert/strict";
import { hashSync } from "bcryptjs";
import fc from "fast-check";
import { parseDocument } from "yaml";
import { isLetInBy } from "../../kinds/hash.ts";
import type { Entry, ReceiverKind } from "../../kinds/receiverKind.ts";
import { readReceiver, RECEIVERS } from "../../kinds/receivers.ts";
import type { SenderKind } from "../../kinds/senderKind.ts";
import { SENDERS } from "../../kinds/senders.ts";
import { readAuthorization } from "../../rotation/authorization.ts";
import { type Generation, valueAt } from "../../rotation/generation.ts";
import type { Login } from "../../settings/schema.ts";
import type { ReceiverSettings, SenderSettings } from "../../settings/settings.ts";
import { messageOf } from "../../text/messageOf.ts";

const label = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,12}[A-Za-z0-9])?$/);
/** Made here, or by people: anything but control characters. */
const value = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9]{32,72}$/),
    fc.string({ minLength: 8, maxLength: 40 }).filter((text) => !/\p{Cc}/u.test(text)),
);
const username = fc.option(fc.stringMatching(/^[A-Za-z0-9._@-]{1,20}$/), { nil: undefined });
const url = fc.constantFrom(
    "https://push.example/api/v1/write",
    "http://127.0.0.1:8427/a.b/(c)+/write",
);

const QUICK = 4; // the least that bcrypt takes

/** Generations as this kind gets them: one label each, and one username each where it needs one. */
function generations(usernames: ReceiverKind["usernames"]): fc.Arbitrary<Generation[]> {
    const generation = fc.record({ label, value }, { noNullPrototype: true });
    const named = (one: Generation) =>
        usernames === "generation"
            ? { ...one, username: `prometheus-${one.label}`, bcrypt: hashSync(one.value, QUICK) }
            : one;
    return fc
        .uniqueArray(generation, { selector: (one) => one.label, minLength: 1, maxLength: 4 })
        .map((all) => all.map(named));
}

const VERDICTS = ["accepted", "accepted", "refused", ...Array<string>(4).fill("unknown")];

/** What every receiver's answers mean, whoever writes what it reads. */
function describeVerdicts({ verdict }: ReceiverKind): void {
    it("takes success for accepted, 401 for refused, and what proves neither for unknown", () => {
        const statuses = [200, 204, 401, 301, 429, 500, 503];
        assert.deepEqual(
            statuses.map((status) => verdict(status)),
            VERDICTS,
        );
    });
}

for (const [name, kind] of Object.entries(RECEIVERS).filter(([, { external }]) => external)) {
    describe(`receiver ${name}`, () => {
        it("writes nothing, and takes nobody's files for its own", () => {
            const settings = { ...kind.settings.parse(kind.example), name, kind: name } as never;
            assert.deepEqual(kind.render(settings, [{ label: "a", value: "v-0123456789" }]), {});
            assert.equal(kind.parse({ token: "v" }), undefined);
        });

        describeVerdicts(kind);
    });
}

for (const [name, kind] of Object.entries(RECEIVERS).filter(([, { external }]) => !external)) {
    const settingsOf = (changes: Partial<ReceiverSettings>): ReceiverSettings => {
        const own = kind.settings.parse(kind.example) as object;
        const common = {
            name: "central",
            kind: name,
            namespace: "edge",
            secret: "central-auth",
            url: "https://push.example/api/v1/write",
            probeUrls: [],
            connections: 3,
        };
        return { ...common, ...own, ...changes };
    };
    const settings = fc.record({ url, username }).map(settingsOf);
    const accepted = generations(kind.usernames);

    describe(`receiver ${name}`, () => {
        it("parses what it renders: labels, usernames and values, in their order", () => {
            fc.assert(
                fc.property(settings, accepted, (one, all) => {
                    const entries = kind.parse(kind.render(one, all)) ?? assert.fail();
                    const read = (entry: Entry, index: number) => [
                        // Where nothing names an entry but its username
                        entry.label ?? all.find((g) => g.username === entry.username)?.label,
                        entry.username,
                        all.map(
                            (g) => isLetInBy(entry, g.value) === (g.value === all[index]?.value),
                        ),
                    ];
                    assert.deepEqual(
                        entries.map(read),
                        all.map((g) => [g.label, g.username ?? one.username, all.map(() => true)]),
                    );
                    const [first] = entries;
                    assert.notEqual(first?.form, "other");
                    for (const entry of entries) {
                        assert.equal(entry.form, first?.form);
                        assert.deepEqual(kind.narrowing?.(one, entry) ?? [], []);
                    }
                }),
            );
        });

        it("gives every generation the same route, which is another for another URL", () => {
            fc.assert(
                fc.property(settings, accepted, (one, all) => {
                    const routes = (kind.parse(kind.render(one, all)) ?? []).map((e) => e.route);
                    for (const route of routes) assert.deepEqual(route, routes[0]);
                    const moved = { ...one, url: "https://elsewhere.example/write" };
                    const [other] = kind.parse(kind.render(moved, all)) ?? [];
                    if (routes[0] === undefined) return; // its files say nothing of it
                    assert.notDeepEqual(other?.route, routes[0]);
                }),
            );
        });

        it("opens former paths beside its own, where it opens some alone", () => {
            fc.assert(
                fc.property(settings, accepted, (one, all) => {
                    const former = ["/a.b/(c)|d", "/api/v2/write"];
                    const opening = { ...one, formerPaths: former };
                    const files = kind.render(opening, all);
                    const open = kind.pathsIn?.(files) ?? [new URL(one.url).pathname, ...former];
                    assert.deepEqual(open, [new URL(one.url).pathname, ...former]);
                    for (const entry of kind.parse(files) ?? []) {
                        assert.deepEqual(kind.narrowing?.(opening, entry) ?? [], []);
                    }
                }),
            );
        });

        it("renders the same bytes for the same input", () => {
            fc.assert(
                fc.property(settings, accepted, (one, all) => {
                    assert.deepEqual(kind.render(one, all), kind.render(one, structuredClone(all)));
                }),
            );
        });

        it("lets in a generation by its value at this receiver, and by no other", () => {
            const values = { central: "minted-for-central-0123456789", west: "minted-for-west" };
            const generation = { label: "a", value: "unused-0123456789", values };
            const files = kind.render(settingsOf({}), [generation]);
            const [entry = assert.fail()] = kind.parse(files) ?? [];
            assert.ok(isLetInBy(entry, valueAt(generation, "central")));
            assert.ok(!isLetInBy(entry, generation.value));
            assert.ok(!JSON.stringify(files).includes("minted-for-west"));
        });

        it("selects as if the others had never been accepted", () => {
            fc.assert(
                fc.property(settings, accepted, fc.nat(), (one, all, seed) => {
                    const chosen = all.filter((_, index) => ((seed >> index) & 1) === 1).reverse();
                    if (chosen.length === 0) return;
                    const selected = kind.select(kind.render(one, all), chosen);
                    assert.deepEqual(kind.parse(selected), kind.parse(kind.render(one, chosen)));
                }),
            );
        });

        it("is known by its files, and takes those of nobody for its own", () => {
            const files = kind.render(settingsOf({}), [{ label: "a", value: "v-0123456789" }]);
            assert.equal(readReceiver(files)?.kind, kind);
            assert.equal(kind.parse({}), undefined);
            assert.equal(kind.parse({ token: "v" }), undefined);
        });

        it("tells of files it cannot read in one line, without anything of them", () => {
            const files = kind.render(settingsOf({}), [{ label: "a", value: "v-0123456789" }]);
            const junk = fc.constantFrom("", ": :", "[hunter2", "a: hunter2", "- hunter2", "null");
            fc.assert(
                fc.property(fc.constantFrom(...Object.keys(files)), junk, (file, text) => {
                    try {
                        const entries = kind.parse({ ...files, [file]: text });
                        // Files that hold nobody are read: as nobody.
                        for (const { value: read } of entries ?? []) assert.equal(read, undefined);
                    } catch (error) {
                        assert.ok(error instanceof Error);
                        assert.match(error.message, /^[^\n]+$/);
                        assert.ok(!error.message.includes("hunter2"));
                    }
                }),
            );
        });

        it("refuses to let in nobody", () => {
            assert.throws(() => kind.render(settingsOf({}), []), /at least one generation/);
        });

        describeVerdicts(kind);
    });
}

const TARGET = { name: "central", url: "https://push.example/api/v1/write" };

for (const [name, kind] of Object.entries(SENDERS)) {
    const settingsOf = (text = "", login: Login = {}): SenderSettings => {
        const given = kind.settings.parse(kind.example(login));
        const read = (_key: string, path: string) => ({ path, text });
        const common = {
            name: "edge",
            kind: name,
            namespace: "monitoring",
            secret: "edge-write-credential",
            receiver: TARGET.name,
        };
        return {
            ...common,
            ...kind.complete(given, { name: common.name, key: "senders[0]", login, read }),
        };
    };
    const own = { ...TARGET, usernames: "generation" } as const;
    /** Some refuse a username a generation, and say why. */
    const takesOwn = () => {
        try {
            return settingsOf("", own);
        } catch (error) {
            assert.match(messageOf(error), /^senders\[0\]: [^\n]+$/);
            return undefined;
        }
    };
    const configured = (target: Parameters<SenderKind["configuration"]>[1], text?: string) =>
        kind.configuration(settingsOf(text), target)?.text;

    describe(`sender ${name}`, () => {
        it("reads back the value it gives", () => {
            fc.assert(
                fc.property(value, (one) => {
                    const files = kind.credential(settingsOf(), TARGET, { value: one });
                    assert.equal(kind.valueIn(settingsOf(), files), one.trim());
                }),
            );
            assert.equal(kind.valueIn(settingsOf(), {}), undefined);
        });

        it("finds its own entry again, with its URL and username", () => {
            fc.assert(
                fc.property(username, (one) => {
                    const text = configured({ ...TARGET, username: one });
                    if (text === undefined) return;
                    const target = { ...TARGET, ...(one !== undefined && { username: one }) };
                    assert.deepEqual(kind.targetIn(settingsOf(), text), target);
                }),
            );
        });

        it("has a username a generation beside the credential, and its entry says so", () => {
            const settings = takesOwn();
            if (!settings) return;
            for (const login of ["prometheus-a", "prometheus-b"]) {
                const generation = { value: "v", username: login };
                const files = Object.values(kind.credential(settings, own, generation));
                const names = files.map((one) => readAuthorization(one).username);
                assert.ok([...files, ...names].includes(login));
            }
            const text = configured(own);
            if (text === undefined) return;
            assert.ok(!text.includes("prometheus-a"));
            assert.deepEqual(kind.targetIn(settingsOf(), text), TARGET);
        });

        it("takes whatever became of its configuration, as people edit it", () => {
            const own = configured(TARGET) ?? "";
            const cut = fc
                .tuple(
                    fc.nat(own.length),
                    fc.nat(own.length),
                    fc.constantFrom("", "[", "- 3\n", "null"),
                )
                .map(([from, to, piece]) => own.slice(0, from) + piece + own.slice(to));
            const odd = fc.constantFrom(
                "remote_write: [null, 3, [x], {name: [a], basic_auth: 3, authorization: [x]}]\nglobal: x\n",
                "remote_write: {a: b}\nglobal: null\n",
                "a: &a [*a]\n",
            );
            const text = fc.oneof(odd, cut, fc.string());
            fc.assert(
                fc.property(text, (one) => {
                    kind.targetIn(settingsOf(), one);
                    for (const reason of kind.losses(settingsOf(), one, own)) {
                        assert.match(reason, /^[^\n]+$/);
                    }
                }),
            );
        });

        it("has a configuration that is added to once, and is the same for the same input", () => {
            const text = configured(TARGET);
            assert.equal(configured(TARGET), text);
            if (text === undefined) return;
            assert.throws(() => configured(TARGET, text), /^Error: [^\n]+$/);
        });

        it("has snippets that can be pasted, which name what is written or the URL", () => {
            for (const login of [{}, { username: "edge" }, ...(takesOwn() ? [own] : [])]) {
                const snippets = kind.snippets(settingsOf("", login), { ...TARGET, ...login });
                for (const { language, text } of snippets) {
                    if (language === "yaml") assert.deepEqual(parseDocument(text).errors, []);
                    assert.ok(/edge-write-credential|push\.example/.test(text), text);
                }
            }
        });

        it("loses nothing when nothing changes, and tells of another URL", () => {
            const [text, moved] = [
                configured(TARGET),
                configured({ ...TARGET, url: "https://elsewhere.example/write" }),
            ];
            if (text === undefined || moved === undefined) return;
            assert.deepEqual(kind.losses(settingsOf(), text, text), []);
            assert.ok(kind.losses(settingsOf(), text, moved).length > 0);
        });
    });
}
