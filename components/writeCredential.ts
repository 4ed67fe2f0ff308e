import * as pulumi from "@pulumi/pulumi";
import type { Issued } from "../kinds/issuer.ts";
import { adopted as adopt } from "../kinds/issuers/adopted.ts";
import { generated } from "../kinds/issuers/generated.ts";
import { type Generation, LENGTH } from "../rotation/generation.ts";
import { fingerprint } from "../rotation/digest.ts";
import type { Adoption } from "../rotation/recordedUse.ts";
import type { Minting } from "../update/minting.ts";
import { tokenResource } from "../update/recordedTokens.ts";
import { whole } from "./whole.ts";

/** Inputs of a {@link WriteCredential}. */
export interface WriteCredentialArgs {
    /** Label of the generation senders should use, such as `"2026-11-21"`: the rotation keeper. */
    readonly current: string;
    /** Labels receivers must accept, `current` among them. Each is one password, made once. */
    readonly accepted: readonly string[];
    /** Labels of generations no longer accepted whose value is kept. Defaults to none. */
    readonly retired?: readonly string[];
    /** Every label ever used before. Defaults to none. */
    readonly labels?: readonly string[];
    /** What receivers must refuse for good; it is recorded before they are told. Defaults to none. */
    readonly refused?: readonly string[];
    /** Labels of generations that were made here. Defaults to none. */
    readonly kept?: readonly string[];
    /** Values that are known, by label: what was not made here keeps its own. Secret. Defaults to none. */
    readonly values?: Readonly<Record<string, string>>;
    /** What is remembered of values adopted before, by label. Secret. Defaults to nothing. */
    readonly adoptions?: Readonly<Record<string, Adoption>>;
    /** Whether to remember those adopted now. Defaults to true. */
    readonly remembers?: boolean;
    /**
     * The credential that was there before, which is a generation like any other. Defaults to none.
     */
    readonly adopted?: { readonly label: string; readonly value: pulumi.Input<string> } | undefined;
    /**
     * Letters and digits in each password. Defaults to 48; 32 to 72, as bcrypt reads no more than
     * 72.
     */
    readonly length?: number;
    /** Whether a receiver does not give values back, so that adopted ones are remembered. Defaults to false. */
    readonly hidden?: boolean;
    /** The username of a generation, where each has its own. Defaults to none. */
    readonly usernameOf?: ((label: string) => string | undefined) | undefined;
    /** What vendors mint, for receivers that take values of their own. Defaults to nothing. */
    readonly mints?: readonly Pick<Minting, "receiver" | "mint" | "labels" | "values">[];
}

/**
 * The credential Prometheus writes with, in every generation that receivers still accept.
 *
 * A generation is a resource of its own, named by its label, rather than one password that is
 * replaced: while receivers accept two, the former value must stay readable, and going back must
 * not make a new one.
 */
export class WriteCredential extends pulumi.ComponentResource {
    /** The current generation with its value. Always a secret. */
    readonly current: pulumi.Output<Generation>;
    /**
     * Every accepted generation with its value, in the order of the labels given. Always a secret.
     */
    readonly accepted: pulumi.Output<Generation[]>;
    /** The retired generations that are kept, likewise. */
    readonly retired: pulumi.Output<Generation[]>;
    /** What comes when a generation is recorded, by label: those accepted, and those retired. */
    readonly made: Readonly<Record<string, pulumi.Output<unknown>>>;
    /**
     * A hash of each accepted value, by label: tells values apart without telling them. Always a
     * secret.
     */
    readonly hashes: pulumi.Output<Record<string, string>>;

    constructor(name: string, args: WriteCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
        // {}: arguments would land in state
        super("prometheus-write-secret:index:WriteCredential", name, {}, opts);
        const { current, accepted, retired = [], labels = [], length = LENGTH.default } = args;
        if (length < LENGTH.least || length > LENGTH.most) {
            const range = `between ${LENGTH.least} and ${LENGTH.most}`;
            throw new pulumi.ResourceError(`length must be ${range}, got ${length}`, this, true);
        }
        const { adopted, kept = [], values = {}, adoptions = {}, hidden = false } = args;
        const make = (label: string) => {
            const known = kept.includes(label) ? undefined : values[label];
            const value = adopted?.label === label ? adopted.value : known;
            const issuer = value === undefined ? generated : adopt(value);
            const username = args.usernameOf?.(label);
            const base = issuer.issue(label, { name, length, username, hidden, parent: this });
            return [label, base] as const;
        };
        const bases = new Map([...new Set([...accepted, ...retired])].map(make));
        const minted = this.#mint(name, args.mints ?? []);
        const issued = new Map(
            [...bases].map(
                ([label, base]) => [label, withValues(base, minted.get(label))] as const,
            ),
        );
        const now = accepted.includes(current) ? issued.get(current) : undefined;
        if (!now) {
            const list = accepted.join(", ");
            throw new pulumi.ResourceError(
                `accepted must list ${current}, got ${list}`,
                this,
                true,
            );
        }
        // After the passwords: an engine that is killed between the two must not have used a label up.
        const tokens = [...minted.values()].flatMap((one) => one.made);
        const passwords = whole([...[...issued.values()].map(({ made }) => made), ...tokens]);
        const after = { parent: this, dependsOn: passwords };
        const stash = (what: string, input: pulumi.Input<object>) =>
            new pulumi.Stash(`${name}-${what}`, { input }, after);
        // So that a label is not used a second time for another value. In the order of first use.
        stash("labels", [...new Set([...labels, ...[...accepted].reverse()])]);
        const { refused = [] } = args;
        if (refused.length > 0) stash("refused", [...refused]);
        const { remembers = true } = args;
        const adopting = [...(remembers ? issued : [])].flatMap(([label, { adoption }]) =>
            adoption ? [[label, adoption] as const] : [],
        );
        const remembered = { ...Object.fromEntries(adopting), ...adoptions };
        if (Object.keys(remembered).length > 0) stash("adopted", pulumi.secret(remembered));
        this.made = Object.fromEntries(
            [...issued].map(([label, { made }]) => [label, made.urn] as const),
        );
        this.current = pulumi.secret(now.generation);
        this.accepted = pulumi.secret(collect(accepted, issued));
        this.retired = pulumi.secret(collect(retired, issued));
        this.hashes = pulumi.secret(
            pulumi.all(
                Object.fromEntries(accepted.map((label) => [label, issued.get(label)?.hash ?? ""])),
            ),
        );
        this.registerOutputs({});
    }

    /** Mints what has no value yet; what there is of each generation, by label. */
    #mint(
        name: string,
        mints: NonNullable<WriteCredentialArgs["mints"]>,
    ): ReadonlyMap<string, Values> {
        const all = new Map<string, Values>();
        for (const { receiver, mint, labels, values } of mints) {
            const keep = (label: string, value: pulumi.Input<string>, made: pulumi.Resource[]) => {
                const { values: others = {}, made: before = [] } = all.get(label) ?? {};
                const now = { ...others, [receiver.name]: value };
                all.set(label, { values: now, made: [...before, ...made] });
            };
            for (const [label, value] of Object.entries(values))
                keep(label, pulumi.secret(value), []);
            for (const label of labels) {
                const own = tokenResource(name, label, receiver.name);
                const { value, made } = mint.issue(label, { name: own, parent: this });
                keep(label, value, [made]);
            }
        }
        return all;
    }
}

/** The values of a generation at receivers that have their own, by the receiver's name. Secret. */
interface Values {
    readonly values: Readonly<Record<string, pulumi.Input<string>>>;
    readonly made: readonly pulumi.Resource[];
}

function withValues(base: Issued, minted: Values | undefined): Issued {
    if (!minted) return base;
    const values = pulumi.secret(pulumi.all(minted.values));
    return {
        ...base,
        generation: pulumi
            .all([base.generation, values])
            .apply(([one, own]) => ({ ...one, values: own })),
        hash: pulumi.all([base.hash, values]).apply((both) => fingerprint(both)),
    };
}

function collect(
    labels: readonly string[],
    issued: ReadonlyMap<string, Issued>,
): pulumi.Output<Generation[]> {
    return pulumi.all(labels.flatMap((label) => issued.get(label)?.generation ?? []));
}
