import type { RotationPlan } from "../rotation/plan.ts";

/** What the commit of the sealed files says. {@link labelsIn} reads it back. */
export function rotationMessage(
    stack: string,
    { current, accepted }: Pick<RotationPlan, "current" | "accepted">,
): string {
    return `Rotate ${stack} to ${current} (accepted: ${accepted.join(", ")})`;
}

const ROTATION = /^Rotate \S+ to (\S+) \(accepted: ([^)]*)\)$/;

/** The labels accepted by a {@link rotationMessage}; undefined when it is none. */
export function labelsIn(message: string): readonly string[] | undefined {
    return ROTATION.exec(message)?.[2]?.split(", ").filter(Boolean);
}

/** What the commit of the record says. */
export function recordMessage(stack: string, { current }: Pick<RotationPlan, "current">): string {
    return `Record ${stack} at ${current}`;
}
