import type { RotationRecord } from "../../rotation/record.ts";
import { judgeStatus, type Status } from "../../rotation/status.ts";
import type { MirroredStack } from "../recover/mirroredStacks.ts";
import { describeLives, type Life } from "./lives.ts";
import { describeRotation, type Rotation } from "./rotations.ts";

/** What a mirror proves of one stack's rotations. No secret is in it. */
export interface Evidence {
    readonly stack: string;
    /** `organization/project/stack`, as far as the records know. */
    readonly owner: string;
    /** What the mirror is called. */
    readonly source: string;
    /** When this was put together, ISO 8601. */
    readonly now: string;
    /** Whether records count only where the stack's verification key signed them. */
    readonly signed: boolean;
    /** How the credential stands by the newest record; undefined before the first. */
    readonly status: Status | undefined;
    /** What somebody who goes by this must know. */
    readonly warnings: readonly string[];
    /** The newest first. */
    readonly rotations: readonly Rotation[];
    /** What became of each generation, the oldest first. */
    readonly lives: readonly Life[];
}

/** How a mirror is judged. */
export interface Judgement {
    readonly source: string;
    readonly now: Date;
    /** Whether it was read with the verification key. */
    readonly signed: boolean;
    /** Days after which a rotation is overdue. */
    readonly maxAgeDays: number;
}

/** What a mirror proves of a stack. */
export function gatherEvidence(found: MirroredStack, judgement: Judgement): Evidence {
    const { stack, history, written, refusal, warning, records } = found;
    const [newest] = records;
    const [head] = history;
    const unfinished =
        head !== undefined && head.record === undefined
            ? `${head.path} holds what no record that counts is of: an update has not finished, or somebody wrote it`
            : undefined;
    const { organization, project } = newest ?? {};
    return {
        stack,
        owner: [organization, project, stack].filter(Boolean).join("/"),
        source: judgement.source,
        now: judgement.now.toISOString(),
        signed: judgement.signed,
        status: newest && standing(newest, judgement),
        warnings: [refusal, warning, unfinished].filter((one) => one !== undefined),
        rotations: written.map((one, index) =>
            describeRotation(one, { history, before: written.slice(index + 1) }),
        ),
        lives: describeLives(records.toReversed()),
    };
}

/** How a stack stands where its record is all that is known. */
function standing(record: RotationRecord, { now, maxAgeDays }: Judgement): Status {
    const { generation: current, accepted, revision } = record;
    const one = { current, accepted, revision };
    const each = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, one]));
    const recorded = {
        record,
        refused: record.retired,
        senders: each(record.senders),
        receivers: each(record.proven.map(({ receiver }) => receiver)),
    };
    return judgeStatus({ rotation: current, unwanted: [] }, recorded, now, maxAgeDays);
}
