// A real nginx, configured as docs/receivers.md has it: what it makes of odd credentials, and a
// rotation through it.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { nginx, type NginxSettings } from "../../../kinds/receivers/nginx.ts";
import { probe } from "../../../proof/probe.ts";
import type { Generation } from "../../../rotation/generation.ts";
import { freePort, type Part } from "../../../sandbox/parts/process.ts";
import { provideReceiver } from "../../../sandbox/parts/receiverParts.ts";
import { receiverSettings } from "../../support/fleet.ts";
import { LocalReceiver } from "../../support/localReceiver.ts";
import { useSandbox } from "../../support/fixture.ts";
import { describeRotation } from "../../support/receiverStory.ts";

const VALUES = [
    "Plain0123456789Plain0123456789Plain0123456789Pl",
    "a.b+c/d~e_f-g==",
    `quo"te'; \\x41\\d $uri \${host} #{}`,
    "ünïcödé (.*) [a-z]",
];

describe("nginx", function () {
    this.timeout(60_000);
    const store = new LocalReceiver();
    const running: Part[] = [];
    let pod = "";
    before(async () => {
        store.answer = () => 204;
        await store.start();
    });
    beforeEach(async () => {
        pod = await mkdtemp(join(tmpdir(), "nginx-"));
    });
    afterEach(async () => {
        for (const part of running.splice(0)) await part.stop();
        await rm(pod, { recursive: true, force: true });
    });
    after(() => store.stop());

    /** Starts it with these generations; resolves to where it takes pushes. */
    const start = async (generations: readonly Generation[], username?: string) => {
        const place = { name: "nginx", pod, port: await freePort(), logs: join(pod, "logs") };
        const url = `http://127.0.0.1:${place.port}/api/v1/write`;
        const settings: NginxSettings = {
            ...receiverSettings({ kind: "nginx", url }),
            variable: "write_generation",
            username,
        };
        for (const [file, text] of Object.entries(nginx.render(settings, generations))) {
            const path = join(pod, "auth", file);
            await mkdir(dirname(path), { recursive: true });
            await writeFile(path, text);
        }
        const part = await provideReceiver("nginx", { vmauth: "", prometheus: "" });
        running.push(await part.start({ ...place, store: new URL(store.url).origin }));
        return { url, metrics: new URL(part.metrics ?? "", url) };
    };
    const generations = VALUES.map((value, index) => ({ label: String(index), value }));

    it("lets in every password of one username, and takes no other for it", async () => {
        const { url } = await start(generations, "edge");
        const kinds = async (username: string, changed = (value: string) => value) => {
            const answers = VALUES.map((value) =>
                probe(url, { username, token: changed(value), verdict: nginx.verdict }),
            );
            return new Set((await Promise.all(answers)).map(({ kind }) => kind));
        };
        assert.deepEqual(await kinds("edge"), new Set(["accepted"]));
        assert.deepEqual(await kinds("Edge"), new Set(["refused"]));
        assert.deepEqual(
            await kinds("edge", (value) => value.toLowerCase() + "x"),
            new Set(["refused"]),
        );
        assert.deepEqual((await probe(url, { verdict: nginx.verdict })).kind, "refused");
    });

    it("lets in every token in its exact case, on the one path alone", async () => {
        const tokens = generations.slice(0, 2);
        const { url } = await start(tokens);
        const asked = [
            ...tokens.map(({ value }) => probe(url, { token: value })),
            probe(url, { token: VALUES[0]?.toLowerCase() }),
            probe(url, { token: "aXb+c/d~e_f-g==" }), // the point is no pattern
            probe(`${url}/more`, { token: VALUES[0] }),
        ];
        const answers = (await Promise.all(asked)).map(({ reason }) => reason);
        const [accepted, refused] = ["it answered 204", "it answered 401"];
        assert.deepEqual(answers, [accepted, accepted, refused, refused, "it answered 404"]);
    });

    it("counts a byte a push, by label, whatever the label is", async () => {
        const { url, metrics } = await start(generations, "edge");
        for (const times of [0, 1, 1, 3]) {
            await probe(url, { username: "edge", token: VALUES[times] });
        }
        await probe(url, { username: "edge", token: "made up" });
        const counted = nginx.countUse?.(await (await fetch(metrics)).text());
        assert.deepEqual(counted, {
            loaded: undefined,
            requests: new Map([
                ["0", 1],
                ["1", 2],
                ["3", 1],
            ]),
            counts: "once used",
        });
    });

    it("is given no credential on the way to the store", async () => {
        store.asked.length = 0;
        const { url } = await start(generations, "edge");
        await probe(url, { username: "edge", token: VALUES[0] });
        assert.deepEqual(store.asked, [undefined]);
    });
});

describe("a rotation through nginx", function () {
    this.timeout(300_000);
    const stage = useSandbox("nginx");
    describeRotation(stage, { counts: true });
});
