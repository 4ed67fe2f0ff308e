import packageJson from "../package.json" with { type: "json" };
import type { RotationPlan } from "./plan.ts";
import { sha256 } from "./digest.ts";

/** How a receiver was proven to accept the current generation, and to refuse a made-up one. */
export interface Proof {
    readonly receiver: string;
    readonly url: string;
    /** `unproven`: a first deployment whose receiver did not run yet. */
    readonly how: "probe" | "probe and canary" | "unproven";
    /** ISO 8601, UTC. */
    readonly at: string;
}

/** What is known of a rotation when it is done. */
export interface RotationFacts {
    readonly stack: string;
    readonly plan: Omit<RotationPlan, "refused">;
    readonly previous: string | undefined;
    /** Names of those that use the current generation now. */
    readonly senders: readonly string[];
    readonly emergency: { readonly leaked: string; readonly reason: string } | undefined;
    /** The sealed files, by path. */
    readonly sealed: Readonly<Record<string, string>>;
    readonly proven: readonly Proof[];
    readonly now: Date;
}

/** The record of a rotation. No secret is in it. */
export interface RotationRecord {
    readonly format: 1;
    readonly stack: string;
    readonly generation: string;
    readonly previous: string | null;
    readonly accepted: readonly string[];
    readonly retired: readonly string[];
    readonly revision: number;
    /** ISO 8601, UTC. */
    readonly finished: string;
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
    const { stack, plan, previous = null, senders, emergency, sealed, proven, now } = facts;
    return {
        format: 1,
        stack,
        generation: plan.current,
        previous,
        accepted: plan.accepted,
        retired: plan.retired,
        revision: plan.revision,
        finished: now.toISOString(),
        proven,
        senders,
        by: findAuthor(environment),
        program: packageJson.version,
        ...digests(sealed),
        ...(emergency && { emergency }),
    };
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

/** The record as it is written to its file. */
export function renderRecord(record: RotationRecord): string {
    return `${JSON.stringify(record, undefined, 4)}\n`;
}

/** Who runs the update: the CI run where there is one, else the user. */
function findAuthor(environment: Readonly<Record<string, string | undefined>>): string {
    const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_ACTOR } = environment;
    if (GITHUB_RUN_ID !== undefined) {
        return `${GITHUB_ACTOR ?? "unknown"}, ${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
    }
    return environment.CI_JOB_URL ?? environment.USER ?? environment.LOGNAME ?? "unknown";
}
