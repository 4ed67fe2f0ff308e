import { connectCluster } from "./components/cluster.ts";
import { makeMirror } from "./components/credentialMirror.ts";
import { rememberExternals } from "./components/externalReceiver.ts";
import { makePushing } from "./components/pushing.ts";
import { makeReceivers } from "./components/receiver.ts";
import { RotationRecord } from "./components/rotationRecord.ts";
import { whole } from "./components/whole.ts";
import { WriteCredential } from "./components/writeCredential.ts";
import { isWritten, usernameOf } from "./settings/settings.ts";
import { auditRetired, auditUpdate } from "./update/audit.ts";
import { conclusion } from "./update/conclusion.ts";
import { Gate } from "./update/gate.ts";
import { mintingOf, revoking } from "./update/minting.ts";
import { prepare } from "./update/prepare.ts";

const prepared = await prepare();
const { settings, recorded, plan, memory } = prepared;
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
const mirror = makeMirror(prepared, credential);
const receivers = makeReceivers(prepared, { credential, mirror, provider });
const before = receivers.length > 0 ? receivers : [credential, mirror];
const { current: generation, retired } = credential;
const gate = new Gate({ ...settings, recorded, plan, generation });
const pushing = await makePushing(prepared, { credential, gate, before, provider });
const senders = pushing.all;
auditUpdate({ plan, recorded, made: credential.made, receivers, senders });
const onProven = auditRetired(plan, recorded);
const revoke = revoking(prepared);
const hooks = conclusion({ ...settings, generation, retired, revoke, onProven });
const written = { mirror, senders, gate, hooks };
rememberExternals(prepared, written);
const record = new RotationRecord("record", { settings, recorded, plan, ...written });
export const rotation = {
    current: plan.current,
    accepted: plan.accepted,
    senders: pushing.used,
};
export const mirrored = { url: mirror.url, paths: prepared.sealing.paths };
export const { verificationKey } = record;
