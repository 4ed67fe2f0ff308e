import { findInAlloy, looksLikeAlloy } from "../alloy.ts";
import type { SenderFile } from "../client.ts";
import type { Candidate } from "../place.ts";
import { findInManifest } from "../vmagent.ts";
import { parseYaml } from "../yaml.ts";
import { noteEntry } from "./entryNotes.ts";
import { keep } from "./notes.ts";
import { siteOf } from "./remoteWrite.ts";
import type { Recogniser, Scene, Spot, Walk } from "./spot.ts";

/** A text without any of these is no configuration of a sender, and is not parsed. */
const HINT =
    /remote_?write|kind["']?:\s*["']?Secret\b|destinations["']?:|externalServices["']?:|-----sops/i;
const MOST_TEXTS = 4; // one within the other: Argo CD has Helm values that have a ConfigMap's text

/** A configuration kept as text: in a ConfigMap, `values: |`, `configMap.content`, a script. */
export const text: Recogniser = (spot, walk) => {
    const { value, scene } = spot;
    if (typeof value !== "string") return undefined;
    if (!HINT.test(value)) return [];
    if (!/[\n]|^\s*[[{]/.test(value)) return readFlags(value, spot);
    if (scene.texts >= MOST_TEXTS) {
        keep(
            scene,
            "unread",
            `${scene.file.name} has texts within texts: give the innermost as a file`,
        );
        return [];
    }
    return readPart(value, spot, walk);
};

function readFlags(value: string, { path, scene }: Spot): Candidate[] {
    return value.includes("remoteWrite.")
        ? findInManifest(value, scene.file, path, scene.lookup)
        : [];
}

function readPart(value: string, spot: Spot, walk: Walk): Candidate[] {
    const { scene, path } = spot;
    const name = path === "" ? scene.file.name : `${scene.file.name}: ${path}`;
    const file: SenderFile = { ...scene.file, text: value, name };
    const inner: Scene = { ...scene, file, inPod: true, texts: scene.texts + 1 };
    try {
        if (looksLikeAlloy(value)) return readAlloy(inner);
        const contents = parseYaml(value, name, { isLastKept: true });
        const isPlain = contents.every((one) => typeof one !== "object");
        if (isPlain) return readFlags(value, spot);
        return contents.flatMap((one) => walk({ value: one, key: "", path: "", scene: inner }));
    } catch (error) {
        const flags = readFlags(value, spot);
        if (flags.length > 0) return flags;
        keep(scene, "unread", error instanceof Error ? error.message : `${name} cannot be read`);
        return [];
    }
}

/** The endpoints of an Alloy configuration; what has no credential is noted. */
export function readAlloy(scene: Scene): Candidate[] {
    const { machine } = siteOf({ value: undefined, key: "", path: "", scene });
    return findInAlloy({ ...scene.file, machine, lookup: scene.lookup }, (client, path) => {
        noteEntry({ value: client, key: "", path, scene });
    });
}
