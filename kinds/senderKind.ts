import type * as z from "zod";
import type { Generation } from "../rotation/generation.ts";
import type { Login, SenderSurroundings } from "../settings/schema.ts";
import type { SenderSettings } from "../settings/settings.ts";
import type { Files } from "./receiverKind.ts";

/** Where a sender pushes: what is the same for every generation. */
export interface Target extends Login {
    /** The receiver's name: it names the queue in metrics, so that they survive a change of URL. */
    readonly name: string;
    readonly url: string;
}

/**
 * What pushes: how one kind of sender is configured, and in which form it reads its credential.
 *
 * A kind is a file beside `senders/prometheus.ts` and a row of `kinds/senders.ts`. It is pure: the
 * suite `tests/kinds/conformance.ts` holds every row to the laws named here.
 */
export interface SenderKind<S extends SenderSettings = SenderSettings, G extends object = object> {
    /** The configuration's keys of this kind alone, with their defaults. */
    readonly settings: z.ZodObject;
    /**
     * There where this program writes nothing for it: it takes the credential from the mirror by
     * itself.
     */
    readonly external?: true;
    /** Values of these keys, for the conformance suite and the docs. */
    example(login: Login): object;
    /** What {@link settings} leaves to the sender's name, or to a file of the user's. */
    complete(given: G, sender: SenderSurroundings): Omit<S, keyof SenderSettings>;
    /**
     * The sender's configuration, the same through all rotations: the user's own with our entry
     * added. Undefined where the user's configuration refers to the Secret by itself.
     *
     * @throws {Error} one line that names the key path, when the user's own cannot be added to.
     */
    configuration(settings: S, target: Target): SenderConfiguration | undefined;
    /**
     * Where our entry in a configuration pushes, whatever else is in it: ours is known by the
     * receiver's name or by the file it reads, never by its place. Undefined where there is none.
     */
    targetIn(settings: S, text: string): Partial<Target> | undefined;
    /** Why a sender would lose samples when its configuration changes; none when it would not. */
    losses(settings: S, former: string, next: string): readonly string[];
    /** What is known of it, for `npm run kinds` and docs/kinds.md. */
    readonly facts: SenderFacts;
    /** What a user pastes where the sender is configured, so that it reads what is written. */
    snippets(settings: S, target: Target): readonly Snippet[];
    /** The resource that refers to the Secret, where somebody else writes one. */
    reader?(settings: S, target: Target): Reader;
    /** How it takes up what changes in its Secret. */
    uptake(settings: S): Uptake;
    /** What it authenticates by. `value` is the generation's at the receiver it pushes to. */
    credential(
        settings: S,
        target: Target,
        generation: Pick<Generation, "value" | "username">,
    ): Files;
    /** The value in what {@link credential} made, or anybody else; undefined where there is none. */
    valueIn(settings: S, files: Files): string | undefined;
}

/** What is known of a kind, in words that go on a sentence. */
export interface SenderFacts {
    /** What it reads its credential from, and when. */
    readonly reads: string;
    /** What becomes of samples while receivers refuse its credential, which no rotation does. */
    readonly inGap: string;
    /** The version that was run. */
    readonly tested: string;
}

/** A custom resource of Kubernetes in the sender's namespace, which somebody else writes. */
export interface Reader {
    /** Its kind and name, for people. */
    readonly title: string;
    readonly group: string;
    readonly version: string;
    readonly plural: string;
    readonly name: string;
    /** What it does not refer to yet, to go on a sentence; undefined where it has all. */
    readonly missing: (resource: unknown) => string | undefined;
}

/** A piece of somebody's configuration. */
export interface Snippet {
    /** Whose it is, such as `Values of the chart k8s-monitoring`. */
    readonly title: string;
    readonly language: "yaml" | "sh" | "alloy";
    readonly text: string;
}

/** How a sender takes up a changed Secret. */
export interface Uptake {
    /** Within how many seconds it pushes with the new value; after a start, where it needs one. */
    readonly withinSeconds: number;
    /** Whether it reads again while it runs. */
    readonly rereads: boolean;
}

/** A configuration, as it stands in the ConfigMap. */
export interface SenderConfiguration {
    /** Its key in the ConfigMap. */
    readonly file: string;
    readonly text: string;
}
