import assert from "node:assert/strict";
import type { JobRun } from "./act.ts";
import type { Site } from "./site.ts";

/** What a case shows the reader of docs/ci.md. */
export interface Shown {
    readonly comment?: string;
    readonly issue?: string;
    readonly failure?: string;
}

/** An event, and what a workflow makes of it. Each goes on from where the one before left all. */
export interface Case {
    readonly workflow: "check" | "preview" | "up" | "rotate";
    readonly name: string;
    run(site: Site): Promise<Shown | undefined>;
}

/** What the developer bumps the keeper to. */
export const BUMPED = "2027-02-21";

export function succeeded({ outcome, output, errors }: JobRun): void {
    assert.equal(outcome, "success", [output.slice(-4000), ...errors].join("\n"));
}

/** Fails unless the job failed, at these steps alone. */
export function failedAt({ outcome, steps, output }: JobRun, names: readonly RegExp[]): void {
    assert.equal(outcome, "failure", output.slice(-4000));
    const failed = steps.filter(([, came]) => came === "failure").map(([name]) => name);
    assert.equal(failed.length, names.length, failed.join("; "));
    for (const [index, name] of names.entries()) assert.match(failed[index] ?? "", name);
}
