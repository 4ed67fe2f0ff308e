import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CredentialMirror } from "./components/credentialMirror.ts";
import { Gate } from "./components/gate.ts";
import { Receiver } from "./components/receiver.ts";
import { Sender } from "./components/sender.ts";
import { WriteCredential } from "./components/writeCredential.ts";
import { generationsInUse, planRotation } from "./lib/plan.ts";
import { renderManifest, renderShape } from "./lib/secrets.ts";
import { readMemory } from "./memory.ts";
import { preflight } from "./preflight.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings();
const memory = await readMemory();
const plan = planRotation(settings, memory);
await preflight(settings, memory);

const credential = new WriteCredential("write", { ...plan, length: settings.length });
const cluster = new kubernetes.Provider("cluster", {
    context: new pulumi.Config("kubernetes").get("context"),
    enableSecretMutable: true, // else a changed Secret is deleted before it is made again
    enableConfigMapMutable: true,
});

// The order of an update: mirror, receivers, gate, senders.
const mirror = new CredentialMirror("mirror", {
    ...settings.mirror,
    recipients: settings.recipients,
    plaintext: credential.accepted.apply((generations) => renderManifest(settings, generations)),
    version: credential.hashes.apply((hashes) => renderShape(settings, hashes)),
    message: `Rotate ${pulumi.getStack()} to ${plan.current} (accepted: ${plan.accepted.join(", ")})`,
});
const receivers = settings.receivers.map(
    (receiver) =>
        new Receiver(
            receiver.name,
            { settings: receiver, plan, generations: credential.accepted },
            { provider: cluster, dependsOn: mirror },
        ),
);
const gate = new Gate({
    receivers: settings.receivers,
    generation: plan.current,
    value: credential.value,
    former: generationsInUse(memory).find((label) => label !== plan.current),
    limitSeconds: settings.projectionLimitSeconds,
});
for (const sender of settings.senders) {
    new Sender(
        sender.name,
        { settings: sender, plan, value: credential.value, gate },
        { provider: cluster, dependsOn: receivers },
    );
}

export const rotation = {
    current: plan.current,
    accepted: plan.accepted,
    senders: Object.fromEntries(settings.senders.map(({ name }) => [name, plan.current])),
};
export const mirrored = { url: mirror.url, path: settings.mirror.path };
