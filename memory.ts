import * as pulumi from "@pulumi/pulumi";
import type { RecordedSecret, RecordedUse } from "./lib/plan.ts";
import { parseAnnotations } from "./lib/secrets.ts";

/** What the last recorded state of this stack says. */
export interface Memory extends RecordedUse {
    /** Whether the stack has a mirror repository of its own making. */
    readonly hasRepository: boolean;
}

interface RecordedResource {
    readonly type: string;
    readonly outputs: { readonly metadata?: { readonly annotations?: Record<string, string> } };
}

/**
 * Reads this stack's own recorded state. A new stack has none: nothing is in it.
 *
 * Resource states are read rather than stack outputs, which are not recorded when an update fails
 * (engine 3.259; `pulumi:pulumi:readStackResourceOutputs` is built into it).
 */
export async function readMemory(): Promise<Memory> {
    const stackName = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
    const { outputs = {} } = (await pulumi.runtime.invoke(
        "pulumi:pulumi:readStackResourceOutputs",
        { stackName },
    )) as { outputs?: Record<string, RecordedResource> };
    return {
        senders: recordedSecrets(outputs, "prometheus-write-secret:index:Sender"),
        receivers: recordedSecrets(outputs, "prometheus-write-secret:index:Receiver"),
        hasRepository: Object.values(outputs).some(
            ({ type }) => type === "github:index/repository:Repository",
        ),
    };
}

/** What is recorded of the Secrets of components of one type, by the name of the component, which names both. */
function recordedSecrets(
    resources: Readonly<Record<string, RecordedResource>>,
    component: string,
): Record<string, RecordedSecret> {
    return Object.fromEntries(
        Object.entries(resources).flatMap(([urn, { outputs }]) => {
            const [type = "", name = ""] = urn.split("::").slice(-2);
            const recorded = parseAnnotations(outputs.metadata?.annotations);
            return type.startsWith(`${component}$`) && recorded ? [[name, recorded]] : [];
        }),
    );
}
