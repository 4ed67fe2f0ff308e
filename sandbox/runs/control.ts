import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import { renderPrometheus } from "../../kinds/senders/prometheus.ts";
import { renderVmauth } from "../../kinds/receivers/vmauth.ts";
import type { Cluster } from "../kubernetes/cluster.ts";
import { type Fleet, startFleet } from "../parts/fleet.ts";
import { PROJECT, type Sandbox } from "../sandbox.ts";

/**
 * How long somebody who rotates by hand needs from the receiver's file to the sender's, at the very
 * least.
 */
const HAND_SECONDS = 3;

const OBJECTS = {
    auth: "control-auth",
    credential: "control-credential",
    configuration: "control-configuration",
};

/**
 * The same parts beside the stack's, rotated the way people do it by hand. They must lose samples:
 * a measurement that finds none lost here would find none anywhere.
 */
export interface Control {
    readonly fleet: Fleet;
    /** Replaces the receiver's only credential, and the sender's a few seconds later. */
    rotate(): Promise<void>;
}

/** Starts the control; resolves when its sender runs. */
export async function startControl(sandbox: Sandbox<never>): Promise<Control> {
    const { directory, tools, kubelet, exporter, cluster } = sandbox;
    const starting = startFleet({
        prefix: "control-",
        directory: join(directory, "pods"),
        logs: join(directory, "logs"),
        tools: { prometheus: tools.prometheus.path, vmauth: tools.vmauth.path },
        kubelet,
        target: exporter.target,
        objects: OBJECTS,
    });
    const fleet = await sandbox.start(
        "the control: the same parts, to be rotated by hand",
        starting,
    );
    const hand = new Hand(cluster, fleet);
    const token = hand.newToken();
    await hand.writeConfiguration();
    await hand.giveReceiver(token);
    await fleet.receiver.running;
    await hand.giveSender(token);
    await fleet.sender.running;
    const rotate = async () => {
        const token = hand.newToken();
        await hand.giveReceiver(token);
        await pause(HAND_SECONDS * 1000);
        await hand.giveSender(token);
    };
    return { fleet, rotate };
}

/** Somebody with `kubectl`. */
class Hand {
    readonly #api: KubernetesObjectApi;
    readonly #namespace: string;
    readonly #fleet: Fleet;

    constructor(cluster: Cluster, fleet: Fleet) {
        this.#api = KubernetesObjectApi.makeApiClient(cluster.admin);
        this.#namespace = cluster.namespace;
        this.#fleet = fleet;
    }

    newToken(): string {
        return randomBytes(24).toString("hex");
    }

    async giveReceiver(value: string): Promise<void> {
        const { receiverUrl, store } = this.#fleet;
        const route = { upstream: store.url, paths: [new URL(receiverUrl).pathname] };
        await this.#apply("Secret", OBJECTS.auth, {
            stringData: { "auth.yml": renderVmauth([{ label: "hand", value }], route) },
        });
    }

    async giveSender(token: string): Promise<void> {
        await this.#apply("Secret", OBJECTS.credential, { stringData: { token } });
    }

    async writeConfiguration(): Promise<void> {
        const base = await readFile(join(PROJECT, "sandbox", "parts", "prometheus.yml"), "utf8");
        const configuration = renderPrometheus(base, {
            name: "control",
            url: this.#fleet.receiverUrl,
            credentialsFile: "../write-credential/token",
        });
        await this.#apply("ConfigMap", OBJECTS.configuration, {
            data: { "prometheus.yml": configuration },
        });
    }

    async #apply(kind: "Secret" | "ConfigMap", name: string, content: object): Promise<void> {
        const metadata = { name, namespace: this.#namespace };
        await this.#api.patch(
            { apiVersion: "v1", kind, metadata, ...content },
            undefined,
            undefined,
            "by-hand",
            undefined,
            PatchStrategy.ServerSideApply,
        );
    }
}
