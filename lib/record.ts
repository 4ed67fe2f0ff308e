import packageJson from "../package.json" with { type: "json" };
import type { RotationPlan } from "./plan.ts";

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
    readonly plan: RotationPlan;
    readonly previous: string | undefined;
    /** Names of those that use the current generation now. */
    readonly senders: readonly string[];
    readonly emergency: { readonly leaked: string; readonly reason: string } | undefined;
    /** Digest of the sealed file. */
    readonly sealedSha256: string;
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
    /** SHA-256 of the sealed file, in hex. */
    readonly sealedSha256: string;
    readonly emergency?: { readonly leaked: string; readonly reason: string };
}

/** The record of a rotation from its facts. */
export function describeRotation(
    facts: RotationFacts,
    environment: Readonly<Record<string, string | undefined>> = process.env,
): RotationRecord {
    const { stack, plan, previous = null, senders, emergency, sealedSha256, proven, now } = facts;
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
        sealedSha256,
        ...(emergency && { emergency }),
    };
}

/** Who runs the update: the CI run where there is one, else the user. */
function findAuthor(environment: Readonly<Record<string, string | undefined>>): string {
    const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_ACTOR } = environment;
    if (GITHUB_RUN_ID !== undefined) {
        return `${GITHUB_ACTOR ?? "unknown"}, ${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
    }
    return environment.CI_JOB_URL ?? environment.USER ?? environment.LOGNAME ?? "unknown";
}
