import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CredentialMirror } from "./components/credentialMirror.ts";
import { Gate } from "./update/gate.ts";
import { Receiver } from "./components/receiver.ts";
import { RotationRecord } from "./components/rotationRecord.ts";
import { Sender } from "./components/sender.ts";
import { WriteCredential } from "./components/writeCredential.ts";
import { plan as planUpdate } from "./update/decide.ts";
import { rotationMessage } from "./mirror/commitMessages.ts";
import { renderManifest, renderShape } from "./mirror/manifest.ts";
import { receiverOf, usernameOf } from "./settings/settings.ts";
import { readRecorded } from "./update/readRecorded.ts";
import { askAheadOf } from "./update/preflight/gitHubMirror.ts";
import { preflight } from "./update/preflight/preflight.ts";
import { readSealing } from "./update/preflight/recipients.ts";
import { readSettings } from "./update/readSettings.ts";

const settings = readSettings();
const gitHub = settings.mirror.remote ? undefined : askAheadOf(settings.mirror); // it takes a while
const recorded = await readRecorded();
const sealing = await readSealing(settings, recorded);
const found = await preflight(settings, recorded, gitHub);
const plan = await planUpdate(settings, recorded);

const { adopted, length } = settings;
const { labels } = recorded;
const credential = new WriteCredential("write", {
    ...plan,
    labels,
    adopted,
    length,
    usernameOf: (label) => usernameOf(settings, label),
});
const cluster = new kubernetes.Provider("cluster", {
    context: new pulumi.Config("kubernetes").get("context"),
    enableSecretMutable: true, // else a changed Secret is deleted before it is made again
    enableConfigMapMutable: true,
    // By default 50 requests a second after 120 (4.34): a refresh asks twice for each object.
    kubeClientSettings: { burst: 1000, qps: 200 },
});

// The order of an update: mirror, receivers, gate, senders, record.
const mirror = new CredentialMirror("mirror", {
    ...settings.mirror,
    sealing,
    found,
    plaintext: credential.accepted.apply((accepted) =>
        renderManifest(settings, { current: plan.current, accepted }),
    ),
    version: credential.hashes.apply((hashes) => renderShape(settings, hashes)),
    message: rotationMessage(pulumi.getStack(), plan),
});
const receivers = settings.receivers.map((receiver) => {
    const args = { settings: receiver, plan, generations: credential.accepted };
    return new Receiver(receiver.name, args, { provider: cluster, dependsOn: mirror });
});
const label = plan.current;
const gate = new Gate({ ...settings, recorded, label, generation: credential.current });
const senders = settings.senders.map((sender) => {
    const receiver = receiverOf(sender, settings);
    const args = { settings: sender, receiver, plan, generation: credential.current, gate };
    return new Sender(sender.name, args, { provider: cluster, dependsOn: receivers });
});
const stores = settings.aws
    ? (await import("./components/aws.ts")).makeAws(settings.aws, { credential, gate, receivers })
    : [];
const written = [...senders, ...stores];
const facts = {
    settings,
    recorded,
    plan,
    mirror,
    senders: written,
    gate,
    retired: credential.retired,
};
new RotationRecord("record", facts);
export const rotation = {
    current: plan.current,
    accepted: plan.accepted,
    senders: Object.fromEntries(senders.map((sender) => [sender.name, sender.generation])),
};
export const mirrored = { url: mirror.url, paths: sealing.paths };
