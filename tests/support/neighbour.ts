import { join } from "node:path";
import { startPod } from "../../sandbox/kubernetes/pod.ts";
import { freePort } from "../../sandbox/parts/process.ts";
import { startVmauth } from "../../sandbox/parts/vmauthPart.ts";
import type { Stage } from "./fixture.ts";
import { type FurtherStack, prepareStack } from "./furtherStack.ts";

/** A further stack in the stage's sandbox, with a receiver of its own. */
export interface Neighbour extends FurtherStack {
    /** Where its receiver takes pushes. */
    readonly receiverUrl: string;
}

/**
 * Makes one, empty; sender and receiver are called as the stack is, and so is the mirror's
 * repository. The environment is what differs in the engine's.
 */
export async function openNeighbour(
    stage: Stage,
    name: string,
    rotation: string,
    environment: Readonly<Record<string, string>> = {},
): Promise<Neighbour> {
    const further = await prepareStack(stage.sandbox, name, environment);
    const { deployment, directory, init } = further;
    const receiverUrl = await startReceiver(stage, name, directory);
    await deployment.configure({
        rotation,
        "mirror.repository": `${name}-credentials`,
        "receivers.0.name": name,
        "receivers.0.url": receiverUrl,
        "receivers.0.metricsUrls": [new URL("/metrics", receiverUrl).href],
        "senders.0.name": name,
    });
    await init();
    stage.others.push(deployment);
    return { ...further, receiverUrl };
}

/** A vmauth that starts when its Secret is there; resolves to where it will take pushes. */
export async function startReceiver(
    { sandbox }: Pick<Stage, "sandbox">,
    name: string,
    directory: string,
): Promise<string> {
    const port = await freePort();
    const auth = join(directory, "auth");
    const volume = sandbox.kubelet.mount({
        kind: "Secret",
        name: `${name}-auth`,
        directory: auth,
    });
    const pod = startPod([volume], () =>
        startVmauth({
            name: `${name}-receiver`,
            command: sandbox.tools.vmauth.path,
            configuration: join(auth, "auth.yml"),
            port,
            logs: join(sandbox.directory, "logs"),
        }),
    );
    await sandbox.start(`the receiver of ${name}`, Promise.resolve(pod));
    return `http://127.0.0.1:${port}/api/v1/write`;
}
