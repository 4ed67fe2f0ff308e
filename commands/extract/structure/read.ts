import type { SenderFile } from "../client.ts";
import { findInEntry, judgeKey } from "../operatorResource.ts";
import type { Candidate } from "../place.ts";
import { valueOrMissing } from "../standIn.ts";
import { entriesOf, valueAt } from "../yaml.ts";
import { placeIn } from "./spot.ts";
import { siteOf } from "./remoteWrite.ts";
import { collectSecrets, judgeSecrets } from "./secretManifest.ts";
import { type Resolve, Secrets } from "./secrets.ts";
import { below, type Scene, type Shared, type Spot } from "./spot.ts";
import { walk } from "./walk.ts";

/** How texts are read. */
export interface Structure {
    /** What all readings share. */
    readonly shared: Shared;
    /** Where Secrets are that no content says the namespace of. */
    readonly namespace?: string | undefined;
    /** Whether files that are named are those of a pod. */
    readonly inPod?: boolean;
    /** The one value that is meant, such as `a.b[0].c`. */
    readonly key?: string | undefined;
}

/** What readings share, at their beginning. `resolve` gets Secrets that no content makes. */
export function share(readText: Shared["readText"], resolve?: Resolve): Shared {
    const secrets = new Secrets(resolve);
    return { secrets, readText, notes: [], used: new Set(), variables: [], visits: 0 };
}

/** What surrounds the top of a text. */
export function sceneOf(file: SenderFile, structure: Structure): Scene {
    const { shared, namespace = "<namespace>", inPod = false } = structure;
    return { file, inPod, namespace, lookup: () => undefined, texts: 0, shared };
}

/** Reads parsed documents: what each value is, is found by what it looks like. */
export function readContents(
    contents: readonly unknown[],
    file: SenderFile,
    structure: Structure,
): Candidate[] {
    const { shared } = structure;
    const scene = sceneOf(file, structure);
    const spots = contents.map((value): Spot => ({ value, key: "", path: "", scene }));
    for (const spot of spots) visit(spot, collectSecrets);
    if (structure.key !== undefined) return readKey(structure.key, spots);
    const found = spots.flatMap(walk);
    const variables = settle(shared);
    if (found.length + variables.length > 0) return [...found, ...variables];
    const isAlone = contents.every((one) => valueAt(one, "kind") === "Secret");
    return judgeSecrets(shared.secrets.unused, isAlone);
}

/** Variables that nothing refers to are candidates of their own. */
function settle(shared: Shared): Candidate[] {
    return shared.variables
        .splice(0)
        .filter(({ name }) => !shared.used.has(name))
        .map(({ candidate }) => candidate);
}

/** Every value, without recursion of its own: parents first. */
function visit(top: Spot, see: (spot: Spot) => void): void {
    const seen = new Set<unknown>();
    const open = [top];
    for (let spot = open.pop(); spot !== undefined; spot = open.pop()) {
        if (typeof spot.value === "object" && spot.value !== null) {
            if (seen.has(spot.value)) continue;
            seen.add(spot.value);
        }
        see(spot);
        const { value } = spot;
        const here = spot;
        if (Array.isArray(value)) {
            open.push(...value.map((one: unknown, index) => below(here, index, one)).reverse());
        } else {
            open.push(
                ...entriesOf(value)
                    .map(([key, one]) => below(here, key, one))
                    .reverse(),
            );
        }
    }
}

function readKey(key: string, spots: readonly Spot[]): Candidate[] {
    const named: Spot[] = [];
    for (const spot of spots) {
        visit(spot, (one) => {
            if (one.path === key) named.push(one);
        });
    }
    const [spot] = named;
    if (spot === undefined) throw new Error(`nothing is at ${key}: check --key, such as a.b[0].c`);
    if (typeof spot.value === "string") return [judgeText(spot, spots)];
    const found = findInEntry(spot.value, siteOf(spot));
    if (found.length > 0) return found;
    throw new Error(`no credential is at ${key}: give --key of the text itself, such as a.b[0].c`);
}

/** A text that the user says is the credential; a username is what stands beside it. */
function judgeText(spot: Spot, tops: readonly Spot[]): Candidate {
    const { value, key, path, scene } = spot;
    const parent = path.slice(0, Math.max(0, path.length - key.length - 1));
    const siblings: Record<string, string> = {};
    for (const top of tops) {
        visit(top, (one) => {
            if (one.path !== parent) return;
            for (const [name, text] of entriesOf(one.value)) {
                if (typeof text === "string") siblings[name] = text;
            }
        });
    }
    const held = valueOrMissing(String(value), scene.file.reading);
    return {
        place: placeIn(spot)(""),
        ...judgeKey(key, siblings),
        ...held,
        plaintext: held.value !== undefined,
        advice: scene.file.advice,
    };
}
