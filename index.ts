import * as pulumi from "@pulumi/pulumi";
import { connectCluster } from "./components/cluster.ts";
import { CredentialMirror } from "./components/credentialMirror.ts";
import { rememberExternals } from "./components/externalReceiver.ts";
import { makeHosts } from "./components/host.ts";
import { makeReceivers } from "./components/receiver.ts";
import { RotationRecord } from "./components/rotationRecord.ts";
import { makeSenders } from "./components/sender.ts";
import { whole } from "./components/whole.ts";
import { WriteCredential } from "./components/writeCredential.ts";
import { rotationMessage } from "./mirror/commitMessages.ts";
import { renderManifest, renderShape } from "./mirror/manifest.ts";
import { isWritten, usernameOf } from "./settings/settings.ts";
import { auditMirrored, auditRetired, auditUpdate } from "./update/audit.ts";
import { conclusion } from "./update/conclusion.ts";
import { Gate } from "./update/gate.ts";
import { mintingOf, revoking } from "./update/minting.ts";
import { prepare } from "./update/prepare.ts";

const prepared = await prepare();
const { settings, recorded, sealing, found, plan, memory } = prepared;
const credential = new WriteCredential("write", {
    ...{ ...recorded, ...plan, adopted: settings.adopted, length: settings.length },
    ...{ refused: memory.refused, remembers: memory.adoptions },
    hidden: settings.usernames === "generation" || !settings.receivers.every(isWritten),
    mints: mintingOf(prepared),
    usernameOf: (label) => recorded.adoptions[label]?.username ?? usernameOf(settings, label),
});
const provider = connectCluster(prepared.cluster);
await whole([credential]);

// The order of an update: mirror, receivers, gate, senders, record.
const mirror = new CredentialMirror("mirror", {
    ...settings.mirror,
    sealing,
    found,
    plaintext: credential.accepted.apply((accepted) =>
        renderManifest(settings, { current: plan.current, accepted }),
    ),
    version: credential.hashes.apply((hashes) => renderShape(settings, hashes)),
    onWritten: auditMirrored(plan),
    message: rotationMessage(pulumi.getStack(), plan),
});
const receivers = makeReceivers(prepared, { credential, mirror, provider });
const before = receivers.length > 0 ? receivers : [credential, mirror];
const { current: generation, retired } = credential;
const gate = new Gate({ ...settings, recorded, plan, generation });
const senders = makeSenders(prepared, { credential, gate, before, provider });
const stores = settings.aws
    ? (await import("./components/aws.ts")).makeAws(settings.aws, { credential, gate, before })
    : [];
const hosts = makeHosts(prepared, { gate, before });
const pushing = [...senders, ...hosts, ...stores];
auditUpdate({ plan, recorded, made: credential.made, receivers, senders: pushing });
const onProven = auditRetired(plan, recorded);
const revoke = revoking(prepared);
const hooks = conclusion({ ...settings, generation, retired, revoke, onProven });
const written = { mirror, senders: pushing, gate, hooks };
rememberExternals(prepared, written);
const record = new RotationRecord("record", { settings, recorded, plan, ...written });
export const rotation = {
    current: plan.current,
    accepted: plan.accepted,
    senders: Object.fromEntries(
        [...senders, ...hosts].map((sender) => [sender.name, sender.generation]),
    ),
};
export const mirrored = { url: mirror.url, paths: sealing.paths };
export const { verificationKey } = record;
