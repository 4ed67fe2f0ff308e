import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Gate } from "../update/gate.ts";
import type { Prepared } from "../update/prepare.ts";
import { makeHosts } from "./host.ts";
import { makeSenders } from "./sender.ts";
import type { WriteCredential } from "./writeCredential.ts";

/** Something that gets the current generation, once the gate lets it through. */
interface Pushing {
    readonly name: string;
    /** The generation it has, once it is there. */
    readonly generation: pulumi.Output<string>;
}

/** Makes whatever pushes: senders on the cluster, hosts, and what others read from AWS. */
export async function makePushing(
    prepared: Prepared,
    made: {
        readonly credential: WriteCredential;
        readonly gate: Gate;
        /** What comes before them: the receivers, where any is written. */
        readonly before: readonly pulumi.Resource[];
        readonly provider: kubernetes.Provider;
    },
): Promise<{
    readonly all: readonly (Pushing & pulumi.Resource)[];
    /** What each uses, by its name, for the stack's output. */
    readonly used: Readonly<Record<string, pulumi.Output<string>>>;
}> {
    const { aws } = prepared.settings;
    const senders = [...makeSenders(prepared, made), ...makeHosts(prepared, made)];
    // Loaded only where it is configured: the SDK of AWS is large.
    const stores = aws ? (await import("./aws.ts")).makeAws(aws, made) : [];
    return {
        all: [...senders, ...stores],
        used: Object.fromEntries(senders.map(({ name, generation }) => [name, generation])),
    };
}
