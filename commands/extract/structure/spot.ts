import type { Lookup, SenderFile } from "../client.ts";
import type { Candidate } from "../place.ts";
import type { Secrets } from "./secrets.ts";

/** Why there may be no credential, the weightiest first. */
export const WEIGHTS = [
    "unread",
    "sealed",
    "typo",
    "elsewhere",
    "identity",
    "none",
    "other",
    "nobody's",
] as const;

/** Something met that is no credential. Never secret. */
export interface Note {
    readonly weight: (typeof WEIGHTS)[number];
    /** What it is, and what to do: `x.yml: remote_write[0] has no authentication: ...`. */
    readonly text: string;
}

/** What a whole reading of one or more texts shares. */
export interface Shared {
    readonly secrets: Secrets;
    /** What was met that is no credential, for who finds nothing. */
    readonly notes: Note[];
    /** Reads another text, of any format. */
    readonly readText: (file: SenderFile) => Candidate[];
    /** Variables that something met refers to. */
    readonly used: Set<string>;
    /** Candidates that count only where nothing refers to them, by the variable they are. */
    readonly variables: { readonly name: string; readonly candidate: Candidate }[];
    /** Values that were looked at: aliases can name one many times over. */
    visits: number;
}

/** What surrounds a value. */
export interface Scene {
    /** `name` begins each place. */
    readonly file: SenderFile;
    /** Whether files that are named are those of a pod, not of this machine. */
    readonly inPod: boolean;
    /** Where Secrets are that are referred to. */
    readonly namespace: string;
    readonly lookup: Lookup;
    /** How many texts it stands in, one within the other. */
    readonly texts: number;
    readonly shared: Shared;
}

/** A value where it stands. */
export interface Spot {
    readonly value: unknown;
    /** The key it stands below; that of the list for one of a list. */
    readonly key: string;
    /** From the top of its text: `spec.remoteWrite[0]`. */
    readonly path: string;
    readonly scene: Scene;
}

/** Reads what is in a value, by all that is known. */
export type Walk = (spot: Spot) => Candidate[];

/**
 * Says what a value is: the candidates in all of it, or undefined where it is something else. What
 * it does not know itself, it gives to `walk`.
 */
export type Recogniser = (spot: Spot, walk: Walk) => Candidate[] | undefined;

/** A value below another. */
export function below(spot: Spot, key: string | number, value: unknown): Spot {
    if (typeof key === "number") return { ...spot, value, path: `${spot.path}[${key}]` };
    return { ...spot, value, key, path: spot.path === "" ? key : `${spot.path}.${key}` };
}

/** Names a path below a spot. */
export function placeIn({ path, scene }: Spot): (setting: string) => string {
    return (setting) =>
        `${scene.file.name}: ${path}${path === "" || setting === "" ? "" : "."}${setting}`;
}
