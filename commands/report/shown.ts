import type { Evidence } from "./evidence.ts";
import type { Rotation } from "./rotations.ts";
import type { Traffic } from "./traffic.ts";

/** What a page shows. */
export interface Shown {
    readonly evidence: Evidence;
    /** The rotation that is told step by step; undefined before the first. */
    readonly rotation: Rotation | undefined;
    /** What was pushed meanwhile; undefined where no Prometheus was asked. */
    readonly traffic: Traffic | undefined;
}
