import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CredentialMirror } from "./components/credentialMirror.ts";
import { Receiver } from "./components/receiver.ts";
import { RotationRecord } from "./components/rotationRecord.ts";
import { Sender } from "./components/sender.ts";
import { WriteCredential } from "./components/writeCredential.ts";
import { rotationMessage } from "./mirror/commitMessages.ts";
import { renderManifest, renderShape } from "./mirror/manifest.ts";
import { receiverOf, usernameOf } from "./settings/settings.ts";
import { conclusion } from "./update/conclusion.ts";
import { Gate } from "./update/gate.ts";
import { kubernetesContext } from "./update/kubernetesContext.ts";
import { toldTo } from "./update/memory.ts";
import { prepare } from "./update/prepare.ts";
import { aliasesOf } from "./update/presentNames.ts";

const {
    settings,
    recorded,
    sealing,
    found,
    plan,
    memory,
    guard,
    cluster: clusterIdentifier,
} = await prepare();
const credential = new WriteCredential("write", {
    ...{ ...recorded, ...plan, adopted: settings.adopted, length: settings.length },
    ...{ refused: memory.refused, remembers: memory.adoptions },
    usernameOf: (label) => recorded.adoptions[label]?.username ?? usernameOf(settings, label),
});
const cluster = new kubernetes.Provider("cluster", {
    context: kubernetesContext(),
    clusterIdentifier, // else another name of the same context has all made anew
    enableSecretMutable: true, // else a changed Secret is deleted before it is made again
    enableConfigMapMutable: true,
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
    const { name } = receiver;
    const [generations, hooks] = [credential.accepted, guard.hooks(name)];
    const told = toldTo(receiver, plan, recorded);
    const args = { settings: receiver, plan, generations, hooks, ...told };
    const aliases = aliasesOf(recorded, "receivers", name);
    return new Receiver(name, args, {
        provider: cluster,
        dependsOn: [credential, mirror],
        aliases,
    });
});
const { current: generation, retired } = credential;
const gate = new Gate({ ...settings, recorded, plan, generation });
const senders = settings.senders.map((sender) => {
    const receiver = receiverOf(sender, settings);
    const args = { settings: sender, receiver, plan, generation, gate, recorded };
    const aliases = aliasesOf(recorded, "senders", sender.name);
    return new Sender(sender.name, args, { provider: cluster, dependsOn: receivers, aliases });
});
const stores = settings.aws
    ? (await import("./components/aws.ts")).makeAws(settings.aws, { credential, gate, receivers })
    : [];
const written = [...senders, ...stores];
const hooks = conclusion({ ...settings, generation, retired });
const told = { settings, recorded, plan, mirror, senders: written, gate, hooks };
const record = new RotationRecord("record", told);
export const rotation = {
    current: plan.current,
    accepted: plan.accepted,
    senders: Object.fromEntries(senders.map((sender) => [sender.name, sender.generation])),
};
export const mirrored = { url: mirror.url, paths: sealing.paths };
export const { verificationKey } = record;
