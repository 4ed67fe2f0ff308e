import * as pulumi from "@pulumi/pulumi";
import type { Remembered } from "../rotation/recordedUse.ts";
import type { Gate } from "../update/gate.ts";
import type { Prepared } from "../update/prepare.ts";
import { whole } from "./whole.ts";

/** Inputs of a {@link Host}. */
export interface HostArgs {
    /** The revision, and which generations are accepted. */
    readonly plan: Remembered;
    /** Proves the current one before it is for the host to take. */
    readonly gate: Gate;
}

/**
 * A machine that takes its credential from the mirror by itself: what is remembered of it, as there
 * is no Secret of it to remember that.
 *
 * It stands where a sender does, behind the gate and before the record, because a host takes what a
 * record says and nothing before: so the record is of what every receiver was proven to accept,
 * also where there are hosts alone.
 */
export class Host extends pulumi.ComponentResource {
    readonly name: string;
    /** The generation it is to take, once it may. */
    readonly generation: pulumi.Output<string>;

    constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:Host", name, {}, opts);
        const { plan, gate } = args;
        const { current, accepted, revision } = plan;
        this.name = name;
        const stash = new pulumi.Stash(
            name,
            { input: { current, accepted: [...accepted], revision, refused: [] } },
            { parent: this, hooks: gate.hooks(name) },
        );
        this.generation = stash.urn.apply(() => current);
        this.registerOutputs({});
    }
}

/** Makes those that are configured, behind the gate. */
export function makeHosts(
    { settings, plan }: Prepared,
    { gate, before }: { readonly gate: Gate; readonly before: readonly pulumi.Resource[] },
): readonly Host[] {
    return settings.hosts.map(
        ({ name }) => new Host(name, { plan, gate }, { dependsOn: whole(before) }),
    );
}
