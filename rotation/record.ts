import * as z from "zod";
import packageJson from "../package.json" with { type: "json" };
import type { RotationPlan } from "./plan.ts";
import { sha256 } from "./digest.ts";
import { isLabel } from "./generation.ts";

/** How a receiver was proven to accept the current generation, and to refuse a made-up one. */
export interface Proof {
    readonly receiver: string;
    readonly url: string;
    /** `unproven`: a first deployment whose receiver did not run yet. */
    readonly how: "probe" | "probe and canary" | "unproven";
    /** ISO 8601, UTC. */
    readonly at: string;
}

/** Whose rotation it is: two stacks of one name in two projects are two. */
export interface Owner {
    readonly organization: string;
    readonly project: string;
    readonly stack: string;
}

/** What is known of a rotation when it is done. */
export interface RotationFacts extends Owner {
    readonly plan: Omit<RotationPlan, "refused">;
    readonly previous: string | undefined;
    /** Names of those that use the current generation now. */
    readonly senders: readonly string[];
    readonly emergency: { readonly leaked: string; readonly reason: string } | undefined;
    /** The sealed files, by path. */
    readonly sealed: Readonly<Record<string, string>>;
    readonly proven: readonly Proof[];
    readonly now: Date;
    /** The record before, if there is one: generations keep their age. */
    readonly former?: RotationRecord | undefined;
}

/** The record of a rotation. No secret is in it. */
export interface RotationRecord {
    readonly format: 1;
    readonly stack: string;
    /** Absent in records of 0.1.0, like {@link organization}. */
    readonly project?: string;
    readonly organization?: string;
    readonly generation: string;
    readonly previous: string | null;
    readonly accepted: readonly string[];
    readonly retired: readonly string[];
    readonly revision: number;
    /** ISO 8601, UTC. */
    readonly finished: string;
    /**
     * When each accepted generation was first on record, ISO 8601, UTC, by label. Absent in records
     * of 0.1.0.
     */
    readonly since?: Readonly<Record<string, string>>;
    readonly proven: readonly Proof[];
    /** Names of the senders that use the generation. */
    readonly senders: readonly string[];
    /** The run of a continuous integration, or the user, when known. */
    readonly by: string;
    readonly program: string;
    /** SHA-256 of the sealed file, in hex; of the first where there are several. */
    readonly sealedSha256: string;
    /** SHA-256 of the other sealed files, in hex, by path; absent when there are none. */
    readonly alsoSealed?: Readonly<Record<string, string>>;
    readonly emergency?: { readonly leaked: string; readonly reason: string };
}

/** The record of a rotation from its facts. */
export function describeRotation(
    facts: RotationFacts,
    environment: Readonly<Record<string, string | undefined>> = process.env,
): RotationRecord {
    const { plan, senders, emergency, sealed, proven, former } = facts;
    // Retiring a generation takes over from none: the last that did still counts.
    const last = former?.generation === plan.current ? former.previous : null;
    const finished = facts.now.toISOString();
    const since = plan.accepted.map((label) => [label, firstRecorded(label, former) ?? finished]);
    return {
        format: 1,
        stack: facts.stack,
        project: facts.project,
        organization: facts.organization,
        generation: plan.current,
        previous: facts.previous ?? last,
        accepted: plan.accepted,
        retired: plan.retired,
        revision: plan.revision,
        finished,
        since: Object.fromEntries(since) as Record<string, string>,
        proven,
        senders,
        by: findAuthor(environment),
        program: packageJson.version,
        ...digests(sealed),
        ...(emergency && { emergency }),
    };
}

/**
 * When a generation was first on record, as a record says; undefined when it does not know it. One
 * of before it said so knows that a generation is as old as itself, at least.
 */
export function firstRecorded(
    label: string,
    record: RotationRecord | undefined,
): string | undefined {
    const known = record?.accepted.includes(label) ? record.finished : undefined;
    return record?.since?.[label] ?? known;
}

/**
 * The record of a stack that may have been renamed since. One that names no project was made by a
 * program that left it as it was.
 */
export function withOwner(record: RotationRecord, owner: Owner): RotationRecord {
    return record.project === undefined ? record : { ...record, ...owner };
}

/** The record with the digests of these sealed files. */
export function withDigests(
    record: RotationRecord,
    sealed: Readonly<Record<string, string>>,
): RotationRecord {
    return { ...record, alsoSealed: undefined, ...digests(sealed) };
}

function digests(
    sealed: Readonly<Record<string, string>>,
): Pick<RotationRecord, "sealedSha256" | "alsoSealed"> {
    const [first, ...others] = Object.entries(sealed).map(
        ([path, text]) => [path, sha256(text)] as const,
    );
    const sealedSha256 = first?.[1] ?? "";
    return { sealedSha256, ...(others.length > 0 && { alsoSealed: Object.fromEntries(others) }) };
}

const label = z.string().refine(isLabel);
const labels = z.array(label);

const recordSchema = z.object({
    format: z.literal(1),
    stack: z.string(),
    project: z.string().optional(),
    organization: z.string().optional(),
    generation: label,
    previous: label.nullable(),
    accepted: labels,
    retired: labels,
    revision: z.int().nonnegative(),
    finished: z.string(),
    since: z.record(label, z.string()).optional(),
    proven: z.array(
        z.object({
            receiver: z.string(),
            url: z.string(),
            how: z.enum(["probe", "probe and canary", "unproven"]),
            at: z.string(),
        }),
    ),
    senders: z.array(z.string()),
    by: z.string(),
    program: z.string(),
    sealedSha256: z.string(),
    alsoSealed: z.record(z.string(), z.string()).optional(),
    emergency: z.object({ leaked: label, reason: z.string() }).optional(),
}) satisfies z.ZodType<RotationRecord>;

/**
 * Undoes {@link renderRecord}; undefined when the text is no record, or of a later format.
 *
 * Anybody may have written it. Labels are labels then, and numbers are numbers; names, addresses
 * and times may still be any text.
 */
export function parseRecord(text: string): RotationRecord | undefined {
    try {
        return recordSchema.safeParse(JSON.parse(text)).data;
    } catch {
        return undefined;
    }
}

/** The record as it is written to its file. */
export function renderRecord(record: RotationRecord): string {
    return `${JSON.stringify(record, undefined, 4)}\n`;
}

/** Who runs the update: the CI run where there is one, else the user. */
export function findAuthor(environment: Readonly<Record<string, string | undefined>>): string {
    const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_ACTOR } = environment;
    if (GITHUB_RUN_ID !== undefined) {
        return `${GITHUB_ACTOR ?? "unknown"}, ${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
    }
    return environment.CI_JOB_URL ?? environment.USER ?? environment.LOGNAME ?? "unknown";
}
