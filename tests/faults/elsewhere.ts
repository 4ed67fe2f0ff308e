// A state that is not the cluster's: older than it, cut off, or of another one.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { startCluster } from "../../sandbox/kubernetes/cluster.ts";
import { readSecret, RECEIVER_SECRET, SENDER_SECRET } from "../support/devStack.ts";
import { letIn } from "../support/letIn.ts";
import type { Fault } from "./fault.ts";
import { failed, type Field, succeeded } from "./field.ts";

const where = "the record";
const STRANGE =
    /holds what this stack does not know, or no longer accepts: .* pulumi refresh, then pulumi up/;
const SECRETS = [RECEIVER_SECRET, SENDER_SECRET] as const;

/** What `pulumi stack export` writes. */
async function exportState({ sandbox }: Field): Promise<string> {
    return (await sandbox.engine.must("stack", "export")).output;
}

async function importState(field: Field, state: string): Promise<void> {
    const file = join(field.sandbox.directory, "imported.json");
    await writeFile(file, state, { mode: 0o600 });
    await field.sandbox.engine.must("stack", "import", "--file", file);
}

/** The preview is refused, and so nothing is recorded of the refresh in it. */
async function isRefused(field: Field): Promise<void> {
    for (let tried = 1; tried <= 2; tried++) failed(await field.run("preview"), STRANGE);
}

/** The way out that every refusal names. */
async function refreshAndUp(field: Field): Promise<void> {
    succeeded(await field.run("refresh", "--yes", "--skip-preview"));
    succeeded(await field.up());
}

async function readAll({ sandbox }: Field) {
    const read = async (name: string) => [name, await readSecret(sandbox.cluster, name)] as const;
    return Promise.all(SECRETS.map(read));
}

/**
 * Puts Secrets back as a backup of the cluster does, with their annotations, and pods read them. The
 * receiver is down meanwhile: a moment in which one of them is put back is a loss by itself.
 */
async function putBack(field: Field, saved: Awaited<ReturnType<typeof readAll>>): Promise<void> {
    const { namespace } = field.sandbox.cluster;
    const restart = await field.crashReceiver();
    for (const [name, { annotations, files }] of saved) {
        const body = await field.core.readNamespacedSecret({ namespace, name });
        if (body.metadata) body.metadata.annotations = { ...annotations };
        body.stringData = { ...files };
        const fieldManager = "velero";
        await field.core.replaceNamespacedSecret({ namespace, name, fieldManager, body });
    }
    const { volumes } = field.sandbox.fleet;
    const receiver = saved.find(([name]) => name === RECEIVER_SECRET)?.[1].files["auth.yml"] ?? "";
    await volumes.auth.shows("auth.yml", receiver);
    await field.seen();
    await restart();
}

/** The uid of each Secret: another one means that it was deleted and made again. */
async function uids(field: Field): Promise<readonly string[]> {
    return (await readAll(field)).map(([, { uid }]) => uid);
}

/** Runs with a kubeconfig in which this is changed. */
async function withKubeconfig<T>(
    field: Field,
    change: (config: Kubeconfig) => void,
    work: (environment: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
    const { cluster, directory } = field.sandbox;
    const config = parse(await readFile(cluster.deployerKubeconfig, "utf8")) as Kubeconfig;
    change(config);
    const file = join(directory, "changed.kubeconfig");
    await writeFile(file, stringify(config), { mode: 0o600 });
    return work({ KUBECONFIG: file });
}

interface Kubeconfig {
    "current-context": string;
    contexts: { name: string; context: object }[];
}

export const elsewhereFaults: readonly Fault[] = [
    {
        name: "an older checkpoint is imported, then a rotation",
        where,
        quick: true,
        run: async (field) => {
            const older = await exportState(field);
            await field.rotate();
            await field.seen();
            await importState(field, older);
            const { keeper } = field;
            await field.bump();
            await isRefused(field);
            await field.bump(keeper);
            await isRefused(field);
            await refreshAndUp(field);
        },
    },
    {
        name: "an older checkpoint is imported with its older configuration",
        where,
        run: async (field) => {
            const former = field.keeper;
            const older = await exportState(field);
            await field.rotate();
            await field.seen();
            const token = letIn(await field.files(RECEIVER_SECRET)).get(field.keeper);
            await importState(field, older);
            await field.bump(former);
            await isRefused(field);
            await refreshAndUp(field);
            const accepted = [...letIn(await field.files(RECEIVER_SECRET)).values()];
            assert.ok(accepted.includes(token ?? ""), "what senders used is accepted no more");
        },
    },
    {
        name: "Secrets are put back from three rotations ago, and used",
        where,
        run: async (field) => {
            const saved = await readAll(field);
            for (let rotation = 1; rotation <= 3; rotation++) {
                await field.rotate();
                await field.seen();
            }
            await putBack(field, saved);
            await isRefused(field);
            await refreshAndUp(field);
        },
    },
    {
        name: "Secrets are put back that hold nothing that was dropped, and used",
        where,
        run: async (field) => {
            const saved = await readAll(field);
            await field.bump();
            // Without counters nothing is dropped.
            succeeded(await field.upWith({ "receivers.0.metricsUrls": undefined }));
            await field.seen();
            await putBack(field, saved);
            succeeded(await field.up());
        },
    },
    {
        name: "the context of the kubeconfig is called otherwise",
        where,
        run: async (field) => {
            const before = await uids(field);
            const rename = (config: Kubeconfig) => {
                for (const one of config.contexts) one.name = "renamed";
                config["current-context"] = "renamed";
            };
            await withKubeconfig(field, rename, async (environment) => {
                const edit = (text: string) =>
                    text.replace(/^config:\n( +)/m, "config:\n$1kubernetes:context: renamed\n$1");
                const outcome = await field.deployment.configured(edit, () =>
                    field.upAs(environment),
                );
                succeeded(outcome);
            });
            assert.deepEqual(await uids(field), before, "Secrets were made anew");
            succeeded(await field.up());
            assert.deepEqual(await uids(field), before, "Secrets were made anew");
        },
    },
    {
        name: "the kubeconfig leads to another cluster",
        where,
        run: async (field) => {
            const { directory, tools } = field.sandbox;
            const before = await uids(field);
            const other = await startCluster({
                directory: join(directory, "other-cluster"),
                logs: join(directory, "logs"),
                tools: { etcd: tools.etcd.path, kubeApiserver: tools["kube-apiserver"].path },
            });
            try {
                const environment = { KUBECONFIG: other.deployerKubeconfig };
                const refused = /this is another cluster \(\w+\) than the one this stack writes to/;
                failed(await field.previewAs(environment), refused);
                failed(await field.upAs(environment), refused);
                await field.bump();
                failed(await field.upAs(environment), refused);
            } finally {
                await other.stop();
            }
            succeeded(await field.up());
            assert.deepEqual(await uids(field), before, "Secrets were made anew");
        },
    },
    {
        name: "the checkpoint is cut off, as by a full disk, and its backup is put back",
        where,
        run: async (field) => {
            const file = checkpointFile(field);
            const older = await readFile(file, "utf8");
            await field.rotate();
            await field.seen();
            const newest = await readFile(file, "utf8");
            await writeFile(file, newest.slice(0, newest.length / 2));
            assert.notEqual((await field.up()).exitCode, 0);
            await writeFile(file, older); // what `.bak` and `.pulumi/backups` have
            await isRefused(field);
            await refreshAndUp(field);
        },
    },
    {
        name: "a bump, then pulumi up --target of the sender's Secret, and of the mirror",
        where,
        run: async (field) => {
            await field.bump();
            const secret = await field.urnOf(/Sender\$kubernetes:core\/v1:Secret::prometheus$/);
            assert.notEqual((await field.up("--target", secret)).exitCode, 0);
            // With all that is in it, though it is not named: such as may be recorded all the same.
            const mirror = await field.urnOf(/:CredentialMirror::mirror$/);
            failed(await field.up("--target", mirror), /leaves out write-.* without --target/);
        },
    },
    {
        name: "the state names a dependency that is not there, and is repaired",
        where,
        run: async (field) => {
            const file = checkpointFile(field);
            const labels = /::write-labels$/;
            const urn = await field.urnOf(labels);
            const state = JSON.parse(await readFile(file, "utf8")) as Checkpoint;
            for (const one of state.checkpoint.latest.resources) {
                if (one.urn === urn) one.dependencies?.push(urn.replace(labels, "::absent"));
            }
            await writeFile(file, JSON.stringify(state));
            failed(await field.up(), /snapshot integrity failure/);
            succeeded(await field.run("state", "repair", "--yes"));
            await field.rotate();
        },
    },
];

/** What the engine keeps, as far as it is broken here. */
interface Checkpoint {
    readonly checkpoint: {
        readonly latest: {
            readonly resources: readonly {
                readonly urn: string;
                readonly dependencies?: string[];
            }[];
        };
    };
}

/** Where the engine keeps the state of the dev stack, on the file system. */
function checkpointFile({ sandbox }: Field): string {
    const { PULUMI_BACKEND_URL = "" } = sandbox.engine.environment;
    const stacks = ".pulumi/stacks/prometheus-write-secret/dev.json";
    return join(new URL(PULUMI_BACKEND_URL).pathname, stacks);
}
