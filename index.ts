import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CredentialMirror } from "./components/credentialMirror.ts";
import { Gate } from "./update/gate.ts";
import { Receiver } from "./components/receiver.ts";
import { RotationRecord } from "./components/rotationRecord.ts";
import { Sender } from "./components/sender.ts";
import { WriteCredential } from "./components/writeCredential.ts";
import { plan as planUpdate } from "./update/decide.ts";
import { renderManifest, renderShape } from "./holders/kubernetesSecret.ts";
import { readMemory } from "./update/readRecorded.ts";
import { preflight } from "./update/preflight/preflight.ts";
import { readSealing } from "./update/preflight/recipients.ts";
import { readSettings } from "./update/readSettings.ts";

const settings = readSettings();
const memory = await readMemory();
const sealing = await readSealing(settings, memory);
const found = await preflight(settings, memory);
const plan = await planUpdate(settings, memory);

const { adopted, length } = settings;
const { labels } = memory;
const credential = new WriteCredential("write", { ...plan, labels, adopted, length });
const cluster = new kubernetes.Provider("cluster", {
    context: new pulumi.Config("kubernetes").get("context"),
    enableSecretMutable: true, // else a changed Secret is deleted before it is made again
    enableConfigMapMutable: true,
});

// The order of an update: mirror, receivers, gate, senders, record.
const mirror = new CredentialMirror("mirror", {
    ...settings.mirror,
    sealing,
    found,
    plaintext: credential.accepted.apply((generations) => renderManifest(settings, generations)),
    version: credential.hashes.apply((hashes) => renderShape(settings, hashes)),
    message: `Rotate ${pulumi.getStack()} to ${plan.current} (accepted: ${plan.accepted.join(", ")})`,
});
const receivers = settings.receivers.map((receiver) => {
    const args = { settings: receiver, plan, generations: credential.accepted };
    return new Receiver(receiver.name, args, { provider: cluster, dependsOn: mirror });
});
const gate = new Gate({ ...settings, memory, generation: plan.current, value: credential.value });
const senders = settings.senders.map((sender) => {
    const args = { settings: sender, plan, value: credential.value, gate };
    return new Sender(sender.name, args, { provider: cluster, dependsOn: receivers });
});
if (settings.aws)
    (await import("./components/aws.ts")).makeAws(settings.aws, { credential, gate, receivers });
const facts = { settings, memory, plan, mirror, senders, gate, retired: credential.retired };
new RotationRecord("record", facts);
export const rotation = {
    current: plan.current,
    accepted: plan.accepted,
    senders: Object.fromEntries(senders.map((sender) => [sender.name, sender.generation])),
};
export const mirrored = { url: mirror.url, paths: sealing.paths };
