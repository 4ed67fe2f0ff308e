import type { Proof, RotationRecord } from "../../rotation/record.ts";
import { sha256 } from "../../rotation/digest.ts";
import { digestsIn, type Sealed } from "../recover/history.ts";
import { isoTime } from "../recover/mirrorSource.ts";
import type { Written } from "../recover/vouch.ts";

/** Something that happened in an update. */
export interface Step {
    /** ISO 8601; undefined where nothing says. */
    readonly at: string | undefined;
    readonly what: string;
    /** A file, an address, or names. */
    readonly where: string;
    readonly who: string;
}

/** What an update did, as its record says. */
export interface Rotation extends Pick<
    RotationRecord,
    "generation" | "accepted" | "retired" | "revision" | "senders" | "by" | "program"
> {
    /** When it was done, ISO 8601; undefined where the record says no date. */
    readonly finished: string | undefined;
    /** In people's words, compared with the record before. */
    readonly what: readonly string[];
    readonly proven: readonly Proof[];
    /** The commit of the record; undefined where the mirror has no history. */
    readonly commit: string | undefined;
    /** Why the record does not count; undefined where it does. */
    readonly fault: string | undefined;
    /** Whether it had senders go from one generation to another. */
    readonly turned: boolean;
    /** In the order of time. */
    readonly steps: readonly Step[];
}

/** What was before an update, and what is sealed. */
export interface Past {
    readonly history: readonly Sealed[];
    /** The newest first. */
    readonly before: readonly Written[];
}

/** What an update did, by its record and the history of the mirror. */
export function describeRotation(written: Written, past: Past): Rotation {
    const { record, version, fault } = written;
    const { generation, accepted, retired, revision, senders, by, program, proven } = record;
    const before = past.before.filter((one) => one.fault === undefined).map((one) => one.record);
    return {
        ...{ generation, accepted, retired, revision, senders, by, program, proven },
        finished: isoTime(record.finished),
        what: describeChange(record, before),
        commit: version.commit,
        fault,
        steps: listSteps(written, past),
        turned: before[0]?.generation !== generation,
    };
}

/** @param before The newest first. */
function describeChange(
    record: RotationRecord,
    before: readonly RotationRecord[],
): readonly string[] {
    const { generation, accepted, retired, emergency } = record;
    const [last] = before;
    if (last === undefined) return [`deployed ${generation}`];
    const gone = last.accepted.filter((label) => !accepted.includes(label));
    const proven = gone.filter((label) => retired.includes(label));
    const unproven = gone.filter((label) => !retired.includes(label));
    const isBack = before.some((one) => one.generation === generation);
    const list = (labels: readonly string[]) => labels.join(", ");
    const turned = `${isBack ? "went back" : "rotated"} from ${last.generation} to ${generation}`;
    const leaked = emergency && `${emergency.leaked} leaked: ${emergency.reason}`;
    const changes = [
        ...(last.generation === generation ? [] : [turned]),
        ...(leaked === undefined || last.emergency?.leaked === emergency?.leaked ? [] : [leaked]),
        ...(proven.length > 0
            ? [`retired ${list(proven)}, which receivers were seen to refuse`]
            : []),
        ...(unproven.length > 0 ? [`dropped ${list(unproven)}`] : []),
    ];
    if (changes.length > 0) return changes;
    const isSame = record.revision === last.revision;
    return [isSame ? "sealed or recorded again, with nothing rotated" : "proved all again"];
}

function listSteps({ record, version }: Written, { history, before }: Past): readonly Step[] {
    const { by, senders, retired, generation } = record;
    const commit = (id: string | undefined) =>
        id === undefined ? "" : `, commit ${id.slice(0, 10)}`;
    const done = { at: isoTime(record.finished), who: by };
    const steps: readonly Step[] = [
        ...sealedIn(record, history, before).map(({ path, ...sealed }) => ({
            ...{ at: sealed.at, who: sealed.author ?? "" },
            what: `The mirror holds ${record.accepted.join(", ")}, sealed`,
            where: path + commit(sealed.commit),
        })),
        ...record.proven.map((proof) => provenStep(proof, record)),
        ...retired.map((label) => ({
            ...{ ...done, what: `Receivers were seen to refuse ${label}`, where: "every receiver" },
        })),
        ...(senders.length > 0
            ? [{ ...done, what: `Senders have ${generation}`, where: senders.join(", ") }]
            : []),
        { ...done, what: "All was done", where: `revision ${record.revision}` },
        {
            ...{ at: version.at, what: "The mirror holds the record" },
            ...{ where: `the record${commit(version.commit)}`, who: version.author ?? "" },
        },
    ];
    return steps.toSorted((one, other) => (one.at ?? LAST).localeCompare(other.at ?? LAST));
}

const LAST = "~"; // after every time there is

/** What was sealed for this record, not for one before. */
function sealedIn(
    record: RotationRecord,
    history: readonly Sealed[],
    before: readonly Written[],
): readonly Sealed[] {
    const former = new Set(before.flatMap((one) => digestsIn(one.record)));
    const ours = digestsIn(record).filter((digest) => !former.has(digest));
    return history.filter(({ text }) => ours.includes(sha256(text)));
}

function provenStep({ receiver, url, how, at }: Proof, { generation, by }: RotationRecord): Step {
    const what =
        how === "unproven"
            ? `Receiver ${receiver} is not proven to accept ${generation}`
            : `Receiver ${receiver} was seen to accept ${generation}, and to refuse a made-up one (${how})`;
    return { at: isoTime(at), what, where: url, who: by };
}
