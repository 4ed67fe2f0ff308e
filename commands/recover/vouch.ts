import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { signatureFault } from "../../mirror/signature.ts";
import { parseVerificationKey } from "../../mirror/signingKey.ts";
import type { StackFiles } from "../../mirror/stackFiles.ts";
import { parseRecord, type RotationRecord } from "../../rotation/record.ts";
import { SIGNATURE_ENDING } from "../../seal/fileNames.ts";
import { nameOf } from "./history.ts";
import { minute, type Version } from "./mirrorSource.ts";

/** A record as it was committed. */
export interface Written {
    readonly record: RotationRecord;
    readonly version: Version;
    /** Why it does not count; undefined where it does. */
    readonly fault: string | undefined;
}

/** The records of a stack, and whether they can be gone by. */
export interface Vouched {
    /** Those that count, the newest first. */
    readonly records: readonly RotationRecord[];
    /** Every one there was, the newest commit first. */
    readonly written: readonly Written[];
    /** Why the newest is not to be gone by; undefined where it is, or there is none. */
    readonly refusal: string | undefined;
    /** What somebody who goes by them must know. */
    readonly warning: string | undefined;
}

/** Every version of a record and of its signature, the newest first. */
export interface Evidence {
    readonly versions: readonly Version[];
    readonly signatures: readonly Version[];
    /** What the records must be signed with; without it they count as they are. */
    readonly key: KeyObject | undefined;
}

/**
 * Which records of a stack count. A signature belongs to the record it is of, wherever in the
 * history either stands: on GitHub they are two commits.
 *
 * With a key, records are in the order of their revisions, which an update counts and the key has
 * signed: that of the commits is for everybody to make who can write to the mirror.
 */
export function vouch(
    { stack, record: path = "" }: Pick<StackFiles, "stack" | "record">,
    { versions, signatures, key }: Evidence,
): Vouched {
    const read = versions.map((version) => ({
        name: nameOf({ path, commit: version.commit }),
        record: parseRecord(version.text),
        fault: key && faultOf({ path, text: version.text }, signatures, key),
        version,
    }));
    const written = read.flatMap(({ record, fault, version }) =>
        record ? [{ record, fault, version }] : [],
    );
    const records = written.flatMap(({ record, fault }) => (fault === undefined ? [record] : []));
    const [newest] = read;
    if (key === undefined) {
        const name = newest?.name ?? `stack ${stack}`;
        return { records, written, refusal: undefined, warning: newest && unvouched(name) };
    }
    const fault = newest?.record ? newest.fault : newest && "it is no record of a rotation";
    const sorted = records.toSorted((one, other) => other.revision - one.revision);
    const refusal = fault && `nobody vouches for ${newest?.name ?? path}: ${fault}`;
    return { records: sorted, written, refusal, warning: putBack(records[0], sorted[0]) };
}

function faultOf(
    { path, text }: { readonly path: string; readonly text: string },
    signatures: readonly Version[],
    key: KeyObject,
): string | undefined {
    const faults = signatures.map((signature) => signatureFault(text, signature.text, key));
    if (faults.includes(undefined)) return undefined;
    return (
        faults[0] ??
        `there is no ${path}${SIGNATURE_ENDING}: a release that did not sign wrote it, or somebody else`
    );
}

function unvouched(name: string): string {
    return (
        `nobody vouches for ${name}: whoever can write to the mirror can write one, and seal a file to public ` +
        "keys; give the stack output verificationKey by --verification-key, or compare what is shown"
    );
}

/** One that was signed once stays signed, so somebody can bring it back. */
function putBack(
    head: RotationRecord | undefined,
    newest: RotationRecord | undefined,
): string | undefined {
    if (head === undefined || newest === undefined || head.revision >= newest.revision)
        return undefined;
    return (
        `the newest record in the mirror, of ${minute(head.finished)}, is older than another in its history, of ` +
        `${minute(newest.finished)}: somebody put it back; what is recovered is what was recorded last`
    );
}

/** The key given, or in the file given. Throws a one-line error when it is none. */
export async function readVerificationKey(given: string): Promise<KeyObject> {
    const isKey = given.startsWith("ssh-ed25519 ");
    const text = isKey ? given : await read(given);
    const key = parseVerificationKey(text);
    if (key !== undefined) return key;
    throw new Error(
        `--verification-key must be one line, "ssh-ed25519 AAAA...", or a file with it${isKey ? "" : `: ${given} holds none`}`,
    );
}

async function read(path: string): Promise<string> {
    try {
        return await readFile(path, "utf8");
    } catch (error) {
        const { code = "" } = error as NodeJS.ErrnoException;
        const reason = { ENOENT: "there is no such file", EACCES: "no permission" }[code] ?? code;
        throw new Error(`the verification key ${path} cannot be read: ${reason}`, { cause: error });
    }
}
