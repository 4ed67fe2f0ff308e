import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parseDocument, stringify } from "yaml";
import { type Prometheus, startPrometheus } from "../../sandbox/parts/prometheusPart.ts";
import { PROJECT } from "../../sandbox/sandbox.ts";
import type { Deployment } from "./deployment.ts";
import type { Stage } from "./fixture.ts";
import { openNeighbour } from "./neighbour.ts";
import type { Watched } from "./watch.ts";

/** A credential as people make it. */
export interface Login {
    readonly username: string;
    /** Secret. */
    readonly password: string;
}

/** A Prometheus and a vmauth that people set up, and the empty stack that is to take them over. */
export interface MadeByHand {
    readonly deployment: Deployment;
    readonly receiverUrl: string;
    readonly storeUrl: string;
    /** Path of the `prometheus.yml` with the password in it. */
    readonly configuration: string;
    /** Resolves when the sender runs from it. */
    start(): Promise<Prometheus>;
    /**
     * Starts a sender on the same data that mounts what the stack made, once the former has
     * stopped.
     */
    startMounted(): Promise<Watched>;
}

/**
 * Makes all but the sender. Stack, receiver, sender and the mirror's repository are of one name.
 */
export async function makeByHand(stage: Stage, name: string, login: Login): Promise<MadeByHand> {
    const { sandbox } = stage;
    const { deployment, receiverUrl } = await openNeighbour(stage, name, "by-hand");
    deployment.credentials.add(login.password);
    const pods = join(sandbox.directory, name);
    const store = await startStore(stage, name, join(pods, "store"));
    await deployment.configure({
        "receivers.0.upstream": store.url,
        "receivers.0.queryUrl": `${store.url}/api/v1/query`,
    });
    await createSecret(stage, `${name}-auth`, {
        "auth.yml": stringify({ users: [{ ...login, url_prefix: store.url }] }),
    });
    const pod = join(pods, "sender");
    const configuration = await writeConfiguration(stage, pod, { ...login, url: receiverUrl });
    const start = (title: string, file: string) => {
        const [data, logs] = [join(pod, "data"), join(sandbox.directory, "logs")];
        const command = sandbox.tools.prometheus.path;
        const options = { name: title, command, configuration: file, data, logs };
        return sandbox.start(title, startPrometheus(options));
    };
    const startMounted = async () => {
        const volumes = mount(stage, name, pod);
        await Promise.all([volumes.credential.projected(), volumes.configuration.projected()]);
        const file = join(volumes.configuration.mount.directory, "prometheus.yml");
        const sender = { running: Promise.resolve(await start(`${name}-sender`, file)) };
        return { fleet: { receiverUrl, store, volumes, sender }, username: login.username };
    };
    return {
        deployment,
        receiverUrl,
        storeUrl: store.url,
        configuration,
        start: () => start(`${name}-sender-by-hand`, configuration),
        startMounted,
    };
}

async function startStore({ sandbox }: Stage, name: string, pod: string): Promise<Prometheus> {
    await mkdir(pod);
    const configuration = join(pod, "prometheus.yml");
    await writeFile(configuration, "global: {}\n");
    const starting = startPrometheus({
        name: `${name}-store`,
        command: sandbox.tools.prometheus.path,
        configuration,
        data: join(pod, "data"),
        logs: join(sandbox.directory, "logs"),
        receives: true,
    });
    return sandbox.start(`the store of ${name}`, starting);
}

/** `kubectl create`, whose manager of fields is another than the stack's. */
async function createSecret(
    { sandbox }: Stage,
    name: string,
    stringData: Readonly<Record<string, string>>,
): Promise<void> {
    const { adminKubeconfig, namespace } = sandbox.cluster;
    const manifest = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace },
        stringData,
    };
    const args = ["--kubeconfig", adminKubeconfig, "create", "--filename=-"];
    await execa(sandbox.tools.kubectl.path, args, { input: JSON.stringify(manifest) });
}

/** The sandbox's `prometheus.yml` with an inline password, in a directory beside its targets. */
async function writeConfiguration(
    { sandbox }: Stage,
    pod: string,
    { url, ...login }: Login & { readonly url: string },
): Promise<string> {
    const text = await readFile(join(PROJECT, "sandbox", "parts", "prometheus.yml"), "utf8");
    const document = parseDocument(text);
    document.set("remote_write", [{ url, basic_auth: login }]);
    for (const directory of ["by-hand", "targets"]) {
        await mkdir(join(pod, directory), { recursive: true });
    }
    const targets = JSON.stringify([{ targets: [sandbox.exporter.target] }]);
    await writeFile(join(pod, "targets", "exporter.json"), targets);
    const path = join(pod, "by-hand", "prometheus.yml");
    await writeFile(path, document.toString(), { mode: 0o600 });
    return path;
}

function mount({ sandbox: { kubelet } }: Stage, name: string, pod: string) {
    return {
        credential: kubelet.mount({
            kind: "Secret",
            name: `${name}-write-credential`,
            directory: join(pod, "write-credential"),
        }),
        configuration: kubelet.mount({
            kind: "ConfigMap",
            name: `${name}-configuration`,
            directory: join(pod, "configuration"),
        }),
    };
}
