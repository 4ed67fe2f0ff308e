import type { Step } from "../../commands/preview/ask.ts";

const OURS = "urn:pulumi:prod::prometheus-write-secret::prometheus-write-secret:index";

/** What a preview says of a resource in a component of ours, or of the component. */
export function step(op: string, types: string, name: string, more: Partial<Step> = {}): Step {
    return { op, urn: `${OURS}:${types}::${name}`, metadata: undefined, properties: [], ...more };
}
