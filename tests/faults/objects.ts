// What belongs to a stack is known by where it is, and people write there, too.
import assert from "node:assert/strict";
import { execa } from "execa";
import { stringify } from "yaml";
import { CONFIGURATION, readSecret, RECEIVER_SECRET, SENDER_SECRET } from "../support/devStack.ts";
import type { Fault } from "./fault.ts";
import { failed, type Field, succeeded } from "./field.ts";

const where = "objects";
const SENDER = {
    "senders.0.name": "edge",
    "senders.0.secret": SENDER_SECRET,
    "senders.0.configMap": CONFIGURATION,
};
const RECEIVER = { "receivers.0.name": "central", "receivers.0.secret": RECEIVER_SECRET };

async function uids({ sandbox }: Field): Promise<readonly string[]> {
    const read = async (name: string) => (await readSecret(sandbox.cluster, name)).uid;
    return Promise.all([SENDER_SECRET, RECEIVER_SECRET].map(read));
}

/** Applies what a Secret holds, as people do who keep a copy of it. */
async function apply({ sandbox }: Field, name: string): Promise<void> {
    const { adminKubeconfig, namespace } = sandbox.cluster;
    const { files } = await readSecret(sandbox.cluster, name);
    const metadata = { name, namespace };
    const secret = { apiVersion: "v1", kind: "Secret", metadata, stringData: files };
    const kubectl = (...args: readonly string[]) =>
        execa(sandbox.tools.kubectl.path, ["--kubeconfig", adminKubeconfig, ...args], {
            input: stringify(secret),
        });
    await kubectl("apply", "-f", "-");
}

export const objectFaults: readonly Fault[] = [
    {
        name: "sender and receiver get other names in a rotation, and their own in the next",
        where,
        quick: true,
        run: async (field) => {
            const before = await uids(field);
            await field.deployment.configured({ ...SENDER, ...RECEIVER }, async () => {
                await field.rotate();
                await field.seen();
                assert.deepEqual(await uids(field), before, "Secrets were made anew");
            });
            await field.bump(field.keeper);
            succeeded(await field.up());
            assert.deepEqual(await uids(field), before, "Secrets were made anew");
        },
    },
    {
        name: "an update that renames the sender is killed, and goes back",
        where,
        run: async (field) => {
            const before = await uids(field);
            const { keeper } = field;
            await field.deployment.configured(SENDER, async () => {
                await field.bump();
                await field.upKilled({
                    when: "out",
                    op: "update",
                    type: "kubernetes:core/v1:Secret",
                    name: /^vmauth$/,
                });
            });
            await field.bump(keeper);
            succeeded(await field.up());
            assert.deepEqual(await uids(field), before, "Secrets were made anew");
        },
    },
    {
        name: "a Secret is to be another one",
        where,
        run: async (field) => {
            const before = await uids(field);
            const edit = { "receivers.0.secret": "moved" };
            failed(await field.upWith(edit), /would be deleted for Secret \S+ while pods may/);
            assert.deepEqual(await uids(field), before);
            await field.rotate();
        },
    },
    {
        name: "kubectl apply leaves what Secrets hold in an annotation, then a rotation",
        where,
        run: async (field) => {
            for (const name of [SENDER_SECRET, RECEIVER_SECRET]) await apply(field, name);
            const { token = "" } = await field.files(SENDER_SECRET);
            succeeded(await field.up());
            await field.rotate();
            const exported = await field.sandbox.engine.must("stack", "export");
            for (const form of [token, Buffer.from(token).toString("base64")]) {
                assert.ok(!exported.output.includes(form), "the state holds it in plain text");
            }
            for (const name of [SENDER_SECRET, RECEIVER_SECRET]) await removeCopy(field, name);
            succeeded(await field.up());
        },
    },
    {
        name: "annotations of ours are edited, then a rotation",
        where,
        run: async (field) => {
            const { namespace } = field.sandbox.cluster;
            const place = { namespace, name: RECEIVER_SECRET };
            const body = await field.core.readNamespacedSecret(place);
            const accepted = "prometheus-write-secret/accepted";
            if (body.metadata?.annotations) body.metadata.annotations[accepted] = "nobody,";
            await field.core.replaceNamespacedSecret({
                ...place,
                body,
                fieldManager: "kubectl-edit",
            });
            await field.rotate();
        },
    },
];

async function removeCopy({ sandbox }: Field, name: string): Promise<void> {
    const { adminKubeconfig, namespace } = sandbox.cluster;
    const annotation = "kubectl.kubernetes.io/last-applied-configuration-";
    const args = ["annotate", "secret", "-n", namespace, name, annotation];
    await execa(sandbox.tools.kubectl.path, ["--kubeconfig", adminKubeconfig, ...args]);
}
