// What a sender depends on beside its Secret: where it pushes, and what it is configured by.
import assert from "node:assert/strict";
import { vmauth } from "../../kinds/receivers/vmauth.ts";
import { CONFIGURATION, RECEIVER_SECRET } from "../support/devStack.ts";
import { Front } from "../support/front.ts";
import type { Fault } from "./fault.ts";
import { failed, type Field, type Moment, succeeded } from "./field.ts";

const where = "routes";
const FORMER = "/api/v1/write";
const NEXT = `/tenant${FORMER}`;

/** Has senders push elsewhere while `work` runs, then where they did, and closes the other path. */
async function elsewhere(field: Field, work: () => Promise<void>): Promise<void> {
    const { receiverUrl, store } = field.sandbox.fleet;
    // A store that takes pushes below `/tenant`, too.
    const front = new Front((path) => path.replace(/^\/tenant/, ""));
    const upstream = await front.start(store.url);
    const move = (changes: object) =>
        field.deployment.configure(
            Object.fromEntries(
                Object.entries(changes).map(([key, value]) => [`receivers.0.${key}`, value]),
            ),
        );
    try {
        await move({ url: new URL(NEXT, receiverUrl).href, upstream });
        await work();
        await opens(field, NEXT, FORMER);
    } finally {
        await move({ url: receiverUrl });
        const back = await field.up();
        await move({ upstream: store.url, closedPaths: [NEXT] });
        await field.up();
        await move({ closedPaths: undefined });
        await front.stop();
        succeeded(back);
    }
    await opens(field, FORMER);
}

async function opens(field: Field, ...paths: readonly string[]): Promise<void> {
    assert.deepEqual(vmauth.pathsIn?.(await field.files(RECEIVER_SECRET)), paths);
}

/** Where an update that moves senders to another path is killed. */
const MOMENTS: Readonly<Record<string, Moment>> = {
    "once receivers open both": {
        when: "out",
        op: "update",
        type: "kubernetes:core/v1:Secret",
        name: /^vmauth$/,
    },
    "once the configuration says where to push": {
        when: "out",
        op: "update",
        type: "kubernetes:core/v1:ConfigMap",
        name: /^prometheus-configuration$/,
    },
};

const then: Readonly<Record<string, (field: Field) => Promise<void>>> = {
    "a rotation": async (field) => {
        await field.rotate();
    },
    "the receiver's Secret deleted, and a rotation": async (field) => {
        await field.deleteSecret(RECEIVER_SECRET);
        await field.rotate();
    },
    "the configuration emptied by hand, and a rotation": async (field) => {
        const { namespace } = field.sandbox.cluster;
        const place = { namespace, name: CONFIGURATION };
        const body = await field.core.readNamespacedConfigMap(place);
        body.data = {};
        await field.core.replaceNamespacedConfigMap({
            ...place,
            body,
            fieldManager: "kubectl-edit",
        });
        await field.rotate();
    },
};

export const routeFaults: readonly Fault[] = [
    ...Object.entries(then).map(([what, act]): Fault => ({
        name: `another path, then ${what}`,
        where,
        quick: what === "a rotation",
        run: (field) =>
            elsewhere(field, async () => {
                succeeded(await field.up());
                await act(field);
            }),
    })),
    ...Object.entries(MOMENTS).map(([when, moment]): Fault => ({
        name: `killed ${when}, at another path`,
        where,
        run: (field) =>
            elsewhere(field, async () => {
                await field.bump();
                await field.upKilled(moment);
                succeeded(await field.up());
            }),
    })),
    {
        name: "another path that no receiver takes pushes at",
        where,
        run: async (field) => {
            const { receiverUrl } = field.sandbox.fleet;
            const url = new URL("/nowhere", receiverUrl).href;
            const edit = { "receivers.0.url": url, projectionLimitSeconds: 3 };
            await field.deployment.configured(edit, async () => {
                failed(await field.up(), /does not accept generation .* No sender was switched/);
            });
            succeeded(await field.up());
            const closing = { "receivers.0.closedPaths": ["/nowhere"] };
            succeeded(await field.upWith(closing));
        },
    },
];
