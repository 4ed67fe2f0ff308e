import { parseManifest } from "../../mirror/manifest.ts";
import { valueAt } from "../../rotation/generation.ts";
import { parseVerificationKey } from "../../mirror/signingKey.ts";
import { type Keys, mayOpen, openSealed } from "../../seal/open.ts";
import type { MirrorSettings } from "../../settings/mirrorSettings.ts";
import { messageOf } from "../../text/messageOf.ts";
import type { Recorded } from "../../update/recorded.ts";
import { type MirroredStack, readMirror } from "../recover/mirroredStacks.ts";
import { openMirrorOf } from "../recover/openMirror.ts";
import type { Finding } from "./finding.ts";

/** What the mirror is compared with, and opened by. */
export interface MirrorWish {
    readonly stack: string;
    readonly mirror: MirrorSettings;
    /** With the values. Secret. */
    readonly recorded: Recorded;
    /** The stack output `verificationKey`; undefined where it has none. */
    readonly verificationKey: string | undefined;
    /** None to look at digests and signatures alone. */
    readonly keys: Keys | undefined;
}

/**
 * Reads the mirror as `npm run recover` would, and compares it with what is recorded: the record is
 * signed, the newest sealed file is the one it names, and, with a key, it opens to the credentials
 * receivers accept.
 */
export async function verifyMirror(wish: MirrorWish): Promise<readonly Finding[]> {
    const { stack, recorded, verificationKey, keys } = wish;
    const key = verificationKey === undefined ? undefined : parseVerificationKey(verificationKey);
    let found: MirroredStack | undefined;
    try {
        const source = await openMirrorOf(wish.mirror);
        [found] = await readMirror(source, { stack }, key).finally(() => source.close());
    } catch (error) {
        return [{ what: "the mirror can be read", fault: messageOf(error) }];
    }
    if (!found) return [{ what: "the mirror can be read", fault: `it holds no stack ${stack}` }];
    const { records, refusal, warning, history } = found;
    const [newest] = history;
    const signed = key === undefined ? "the stack has no verificationKey" : (refusal ?? warning);
    const revision = recorded.record?.revision;
    return [
        { what: "the mirror's record is signed by this stack", fault: signed },
        {
            what: "the mirror's record is of the last rotation",
            fault:
                records[0]?.revision === revision
                    ? undefined
                    : `it is of revision ${records[0]?.revision ?? "none"}, recorded is ${revision ?? "none"}`,
        },
        {
            what: "the newest sealed file is the one the record names",
            fault: newest?.record
                ? undefined
                : `no record has the digest of ${newest?.path ?? "one"}`,
        },
        ...(keys && newest ? [await opens(history, recorded, keys)] : []),
    ];
}

async function opens(
    history: MirroredStack["history"],
    { record, receivers, values, minted = {} }: Recorded,
    keys: Keys,
): Promise<Finding> {
    const what = "the mirror opens to the credentials receivers accept";
    const sealed = history.find(({ text }) => mayOpen(text, keys));
    if (!sealed) return { what, fault: "no file of it is for this key" };
    try {
        const manifest = await openSealed(sealed.text, keys);
        const { accepted } = parseManifest(manifest, record?.generation);
        const held = new Map(accepted.map((one) => [one.label, one]));
        const labels = [...new Set(Object.values(receivers).flatMap((one) => one.accepted))];
        const isHeld = (label: string) => {
            const found = held.get(label);
            const own = Object.entries(minted[label] ?? {});
            if (!found) return values[label] === undefined;
            return (
                found.value === values[label] &&
                own.every(([receiver, value]) => valueAt(found, receiver) === value)
            );
        };
        const wrong = labels.filter((label) => !isHeld(label));
        return {
            what,
            fault: wrong.length === 0 ? undefined : `not to ${wrong.join(", ")}, in ${sealed.path}`,
        };
    } catch (error) {
        return { what, fault: messageOf(error) };
    }
}
