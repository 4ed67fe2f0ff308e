import * as pulumi from "@pulumi/pulumi";
import type { RecordedResource } from "../holders/holder.ts";
import { parseRecorded, type Recorded } from "./recorded.ts";

/**
 * Reads this stack's own recorded state.
 *
 * Resource states are read rather than stack outputs, which are not recorded when an update fails
 * (engine 3.259; `pulumi:pulumi:readStackResourceOutputs` is built into it).
 */
export async function readRecorded(): Promise<Recorded> {
    const stackName = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
    const { outputs = {} } = (await pulumi.runtime.invoke(
        "pulumi:pulumi:readStackResourceOutputs",
        { stackName },
    )) as { outputs?: Record<string, RecordedResource> };
    return parseRecorded(Object.entries(outputs));
}
