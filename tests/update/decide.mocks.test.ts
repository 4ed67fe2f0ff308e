import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { plan } from "../../update/decide.ts";
import type { Recorded } from "../../update/recorded.ts";
import type { RotationPlan } from "../../rotation/plan.ts";
import type { Settings } from "../../settings/settings.ts";
import type { RotationRecord } from "../../rotation/record.ts";
import { run, type World } from "../support/mocks.ts";
import { NOTHING, receiverSettings, settingsOf } from "../support/fleet.ts";
import { LocalReceiver } from "../support/localReceiver.ts";

/** A finished rotation, revision 2: b is in use, and a is accepted too. */
const recorded: Recorded = {
    ...NOTHING,
    proven: 2,
    senders: { agent: { current: "b", accepted: ["b", "a"], revision: 2 } },
    receivers: { east: { current: "b", accepted: ["b", "a"], revision: 2 } },
    kept: ["a", "b"],
    labels: ["a", "b"],
};

const ROTATED: RotationPlan = {
    current: "c",
    accepted: ["c", "b"],
    retired: [],
    refused: [],
    revision: 3,
};
const KEPT: RotationPlan = { ...ROTATED, accepted: ["c", "b", "a"] };
const RETIRED: RotationPlan = {
    current: "b",
    accepted: ["b"],
    retired: ["a"],
    refused: ["a"],
    revision: 3,
};
const RECORD = {
    generation: "b",
    retired: [],
    accepted: ["b", "a"],
    revision: 2,
} as unknown as RotationRecord;
const WATCHING = "info: watching for 0.05 s whether anybody uses a";

interface Planned {
    readonly plan: RotationPlan;
    readonly said: readonly string[];
}

describe("plan, with evidence", () => {
    let east: LocalReceiver;

    beforeEach(async () => {
        east = new LocalReceiver();
        await east.start();
        east.rates = { a: 0, b: 1 };
    });
    afterEach(() => east.stop());

    /** Plans with a receiver that counts, unless another is given. */
    async function make(
        changes: Partial<Settings>,
        world: World = {},
        more: Partial<Recorded> = {},
    ): Promise<Planned> {
        const receivers = [receiverSettings({ metricsUrls: [east.metricsUrl] })];
        const settings = settingsOf({ receivers, ...changes });
        const { result, said } = await run(world, () => plan(settings, { ...recorded, ...more }));
        return { plan: result, said };
    }

    async function refuses(changes: Partial<Settings>, message: string): Promise<void> {
        await assert.rejects(make(changes), (error) => {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.equal(error.message, message);
            return true;
        });
    }

    describe("of a rotation", () => {
        it("drops what nobody uses", async () => {
            assert.deepEqual(await make({ rotation: "c" }), { plan: ROTATED, said: [WATCHING] });
            assert.ok(east.looks >= 2, `looked ${east.looks} times`);
        });

        it("keeps what somebody uses, with a warning", async () => {
            east.rates = { a: 5, b: 1 };
            assert.deepEqual(await make({ rotation: "c" }), {
                plan: KEPT,
                said: [
                    WATCHING,
                    "warning: generation a stays accepted: receivers counted 5 requests with it in 0.05 s",
                ],
            });
        });

        it("counts the use at every replica", async () => {
            const west = new LocalReceiver();
            await west.start();
            west.rates = { a: 3, b: 0 };
            const metricsUrls = [east.metricsUrl, west.metricsUrl];
            const receivers = [receiverSettings({ metricsUrls })];
            const made = await make({ rotation: "c", receivers });
            await west.stop();
            assert.deepEqual(made, {
                plan: KEPT,
                said: [
                    WATCHING,
                    "warning: generation a stays accepted: receivers counted 3 requests with it in 0.05 s",
                ],
            });
        });

        it("keeps it where a receiver has no counters, with a warning", async () => {
            assert.deepEqual(await make({ rotation: "c", receivers: [receiverSettings()] }), {
                plan: KEPT,
                said: [
                    "warning: generation a stays accepted: " +
                        "receiver east has no metricsUrls to prove that nobody uses it",
                ],
            });
        });

        it("keeps it where the counters do not know it, with a warning", async () => {
            east.rates = { b: 1 };
            assert.deepEqual(await make({ rotation: "c" }), {
                plan: KEPT,
                said: [
                    WATCHING,
                    "warning: generation a stays accepted: its use cannot be watched: " +
                        `${east.metricsUrl} does not count a`,
                ],
            });
        });

        it("keeps it where the counters cannot be reached, with a warning", async () => {
            await east.stop();
            assert.deepEqual(await make({ rotation: "c" }), {
                plan: KEPT,
                said: [
                    WATCHING,
                    "warning: generation a stays accepted: its use cannot be watched: " +
                        `${east.metricsUrl} cannot be reached (ECONNREFUSED)`,
                ],
            });
        });

        it("watches nothing in a preview, and shows what happens when nobody uses it", async () => {
            east.rates = { a: 5, b: 1 };
            assert.deepEqual(await make({ rotation: "c" }, { preview: true }), {
                plan: ROTATED,
                said: ["info: pulumi up watches for 0.05 s whether anybody uses a"],
            });
            assert.equal(east.looks, 0);
        });

        it("watches nothing when nothing is to be dropped", async () => {
            assert.deepEqual(await make({ rotation: "b" }), {
                plan: {
                    ...{ current: "b", accepted: ["b", "a"] },
                    ...{ retired: [], refused: [], revision: 2 },
                },
                said: [],
            });
            assert.equal(east.looks, 0);
        });
    });

    it("says that it goes back, as an older configuration would unasked", async () => {
        const { said } = await make({ rotation: "a" }, {}, { record: RECORD });
        assert.deepEqual(said, [
            "warning: this goes back from b to a, which was first used before it; if you did not mean to, " +
                "your configuration is older than the stack: get the newest one, as by git pull",
        ]);
    });

    it("sets aside in an emergency what it was told to retire, and says so", async () => {
        const emergency = { leaked: "b", reason: "in a log" };
        const { plan: made, said } = await make({ rotation: "c", retired: ["a"], emergency });
        assert.deepEqual(made, ROTATED); // it goes as nobody uses it
        assert.deepEqual(said.slice(0, 1), [
            "warning: retired names a, which the emergency leaves as it is: retire it once the emergency is over",
        ]);
    });

    it("says what cannot be asked for, as its value is known no more", async () => {
        const values = { b: "value of b" };
        const { said } = await make(
            { rotation: "b", retired: ["a"], retireWithoutProof: true },
            {},
            { kept: ["b"], values },
        );
        assert.deepEqual(said, [
            "warning: that receivers refuse a is not proven: its value is not known any more",
        ]);
    });

    it("says nothing of what was refused before, and proven then", async () => {
        const known = { refused: ["z"], labels: ["z", "a", "b"] };
        const { said } = await make({ rotation: "b" }, {}, known);
        assert.deepEqual(said, []);
    });

    describe("of what is retired", () => {
        const retiring = { rotation: "b", retired: ["a"] };
        const blind = { receivers: [receiverSettings()] };

        it("retires what nobody uses", async () => {
            assert.deepEqual(await make(retiring), { plan: RETIRED, said: [WATCHING] });
        });

        it("refuses to retire what somebody uses", async () => {
            east.rates = { a: 5, b: 1 };
            await refuses(
                retiring,
                "prometheus-write-secret:retired names a, but receivers counted 5 requests with it in 0.05 s: " +
                    "find who uses it, or set retireWithoutProof",
            );
        });

        it("refuses to retire where a receiver has no counters", async () => {
            await refuses(
                { ...retiring, ...blind },
                "prometheus-write-secret:receivers: east has no metricsUrls to prove that nobody uses a: " +
                    "set them, or retireWithoutProof",
            );
        });

        it("refuses to retire where the counters cannot be reached", async () => {
            await east.stop();
            await refuses(
                retiring,
                "prometheus-write-secret:retired names a, but its use cannot be watched: " +
                    `${east.metricsUrl} cannot be reached (ECONNREFUSED): ` +
                    "find who uses it, or set retireWithoutProof",
            );
        });

        it("retires without a look where it is told to", async () => {
            east.rates = { a: 5, b: 1 };
            const told = { ...retiring, retireWithoutProof: true };
            assert.deepEqual(await make(told), { plan: RETIRED, said: [] });
            assert.deepEqual(await make({ ...told, ...blind }), { plan: RETIRED, said: [] });
            assert.equal(east.looks, 0);
        });

        it("warns of hosts then, which nobody here sees, and of none where counters tell", async () => {
            const hosts = [{ name: "west", kind: "host", receiver: "east" }];
            const { agent } = recorded.senders;
            const known = { senders: { ...recorded.senders, ...(agent && { west: agent }) } };
            assert.deepEqual(
                await make({ ...retiring, hosts, retireWithoutProof: true }, {}, known),
                {
                    plan: RETIRED,
                    said: [
                        "warning: retireWithoutProof retires a, and nothing here sees what hosts push with: " +
                            "be sure that npm run pull says b on west",
                    ],
                },
            );
            const { said } = await make({ ...retiring, hosts }, {}, known);
            assert.deepEqual(said, [WATCHING]);
        });

        it("watches nothing in a preview", async () => {
            assert.deepEqual(await make(retiring, { preview: true }), {
                plan: RETIRED,
                said: ["info: pulumi up watches for 0.05 s whether anybody uses a"],
            });
            assert.equal(east.looks, 0);
        });

        it("refuses what a sender uses before anything is watched", async () => {
            await refuses(
                { rotation: "c", retired: ["b"] },
                "prometheus-write-secret:retired names b, which sender agent uses: " +
                    "rotate to another label first, and retire this one in a later update",
            );
            assert.equal(east.looks, 0);
        });
    });
});
