import * as pulumi from "@pulumi/pulumi";
import { clusterIdentity, comparable } from "../holders/clusterIdentity.ts";
import type { Present } from "../holders/holder.ts";
import { type Holding, holdingsOf } from "../holders/holders.ts";
import { isStrange } from "../rotation/strange.ts";
import type { Remembered } from "../rotation/recordedUse.ts";
import type { RotationPlan } from "../rotation/plan.ts";
import type { Settings } from "../settings/settings.ts";
import { kubernetesContext } from "./kubernetesContext.ts";
import { look } from "./preflight/takeover.ts";
import { strangePathsIn, valuesIn } from "./present.ts";
import type { Recorded } from "./recorded.ts";
import { namespace, refuse } from "./refuse.ts";

/** What a {@link Guard} compares with what is there. */
export interface GuardArgs {
    readonly settings: Settings;
    readonly recorded: Recorded;
    readonly plan: RotationPlan;
}

/**
 * What stands before the Secrets: none is overwritten that says something the plan did not decide
 * about, in a cluster that is not the one the stack knows.
 *
 * The plan is made from the recorded state. A checkpoint that was put back, Secrets that were, and
 * a kubeconfig that points elsewhere make that state wrong, and what was overwritten cannot be had
 * again. Looking takes a client of Kubernetes and a request a Secret, so it is done when something
 * is about to be written: before anything else where the plan is a new one, else by hooks, which
 * the engine calls when it found a Secret to be other than recorded (3.259; in previews too).
 */
export class Guard {
    readonly #args: GuardArgs;
    #looked: Promise<void> | undefined;
    #identity: Promise<string | undefined> | undefined;

    constructor(args: GuardArgs) {
        this.#args = args;
    }

    /** Throws a one-line error when something must not be overwritten. Looks once. */
    look(): Promise<void> {
        this.#looked ??= this.#look();
        return this.#looked;
    }

    /** The hooks of a Secret's resource. Names of hooks are global to a program. */
    hooks(name: string): pulumi.ResourceHookBinding {
        const hook = new pulumi.ResourceHook(`guard-${name}`, () => this.look(), {
            onDryRun: true,
        });
        return { beforeCreate: [hook], beforeUpdate: [hook] };
    }

    /** Throws a one-line error when the provider is told another way than before, and to another cluster. */
    async lookWhereItPoints(): Promise<void> {
        const { kubeconfig, context, identity } = this.#args.recorded.cluster;
        const isSame = kubeconfig === process.env.KUBECONFIG && context === kubernetesContext();
        if (identity !== undefined && !isSame) await this.#refuseOtherCluster();
    }

    /** What tells the cluster from others; undefined where it cannot be asked: the update fails at it then. */
    identity(): Promise<string | undefined> {
        this.#identity ??= clusterIdentity(kubernetesContext()).catch(() => undefined);
        return this.#identity;
    }

    async #look(): Promise<void> {
        await this.#refuseOtherCluster();
        const { settings, recorded } = this.#args;
        const holdings = holdingsOf(settings, pulumi.getStack(), kubernetesContext()).filter(
            ({ role, name }) => recorded[role][name] !== undefined,
        );
        await Promise.all(holdings.map((holding) => this.#check(holding)));
    }

    async #refuseOtherCluster(): Promise<void> {
        const { settings, recorded } = this.#args;
        const known = settings.cluster ?? recorded.cluster.identity;
        if (known === undefined) return;
        const found = await this.identity();
        if (found === undefined || found === known || !comparable(found, known)) return;
        throw new pulumi.RunError(
            `kubernetes:context: this is another cluster (${found}) than the one this stack writes to (${known}). ` +
                "Nothing was changed. Choose that one: pulumi config set kubernetes:context <its context>; or, to move " +
                `the stack to this one: pulumi config set ${namespace()}cluster ${found}`,
        );
    }

    async #check(holding: Holding): Promise<void> {
        const present = await look(holding);
        const { settings, plan, recorded } = this.#args;
        if (!present || isAsRecorded(present, recorded[holding.role][holding.name])) return;
        const values = valuesIn(holding, present, settings);
        const { refused = [] } = present.remembered ?? {};
        const pushes = holding.role === "senders";
        const paths = strangePathsIn(holding, present, settings, recorded);
        if (!isStrange({ pushes, values, refused, paths }, plan, settings, recorded)) return;
        const { role, name, identity } = holding;
        refuse(
            `${role}: ${name}: ${identity} holds what this stack does not know, or no longer accepts: its state is ` +
                "older than the cluster, or the Secret was put back from a backup. Nothing was changed. Go on from what " +
                "is there: pulumi refresh, then pulumi up; or put back the newest state (docs/safety.md)",
        );
    }
}

/**
 * Whether it says of itself what is recorded: then somebody edited what it holds, at most, and has
 * it written anew.
 */
function isAsRecorded({ remembered }: Present, recorded: Remembered | undefined): boolean {
    if (!remembered || !recorded) return false;
    const { accepted, revision } = remembered;
    return revision === recorded.revision && accepted.join() === recorded.accepted.join();
}
