import { findInCollector } from "../collector.ts";
import { findInCompose, isCompose } from "../compose.ts";
import type { Candidate } from "../place.ts";
import { findInFlags, findInManifest, readFlags } from "../vmagent.ts";
import { entriesOf, valueAt } from "../yaml.ts";
import { noteEntry } from "./entryNotes.ts";
import { siteOf } from "./remoteWrite.ts";
import { below, type Recogniser, type Spot, type Walk } from "./spot.ts";

/** The configuration of an OpenTelemetry collector, wherever it is: `config:` of its chart. */
export const collector: Recogniser = (spot, walk) => {
    const exporters = entriesOf(valueAt(spot.value, "exporters"));
    if (!exporters.some(([name]) => /^prometheusremotewrite(?:\/|$)/.test(name))) return undefined;
    const { scene, path } = spot;
    const name = path === "" ? scene.file.name : `${scene.file.name}: ${path}`;
    const from = () => (path === "" ? `${name}: ` : `${name}.`);
    const { machine } = siteOf(spot);
    const file = { ...scene.file, name, machine, lookup: scene.lookup };
    const found = findInCollector(spot.value, file, (exporter, at) => {
        noteEntry({ ...spot, value: exporter, path: path === "" ? at : `${path}.${at}` });
    });
    // A path goes on with a dot; the reader of a collector begins one.
    const settled = found.map((one) => ({ ...one, place: one.place.replace(`${name}: `, from) }));
    return [...settled, ...walkBut(["exporters", "extensions"], spot, walk)];
};

/** A file of Docker Compose. */
export const compose: Recogniser = (spot) => {
    const { value, path, scene } = spot;
    if (path !== "" || !isCompose(value)) return undefined;
    return findInCompose(value, scene.file, scene.shared.readText);
};

/** `extraArgs: { remoteWrite.basicAuth.password: x }` of charts and VMAgent: flags, no dash. */
export const extraArgs: Recogniser = (spot) => {
    const given = entriesOf(spot.value).filter(([flag]) => /^-{0,2}remoteWrite\./.test(flag));
    if (given.length === 0) return undefined;
    const flags = readFlags(
        given.flatMap(([flag, value]) =>
            (Array.isArray(value) ? (value as unknown[]) : [value])
                .filter((one) => typeof one === "string")
                .map((one): [string, string] => [flag.replace(/^-*remoteWrite\./, ""), one]),
        ),
    );
    const { lookup, file } = spot.scene;
    const site = {
        ...siteOf(spot),
        directory: "/",
        place: (flag: string) => `${file.name}: ${spot.path} -remoteWrite.${flag}`,
    };
    return findInFlags(flags, site, lookup).map((one) =>
        one.plaintext ? { ...one, advice: file.advice } : one,
    );
};

/** `args: [...]` of a container. */
export const args: Recogniser = ({ value, path, scene }) => {
    if (!Array.isArray(value)) return undefined;
    const isCommand = value.some((one) => typeof one === "string" && one.includes("remoteWrite."));
    return isCommand ? findInManifest(value, scene.file, path, scene.lookup) : undefined;
};

/**
 * Settings by their paths: `parameters` of Argo CD and `set` of helmfile (`name: a.b[0].c`), and
 * the operations of a JSON patch (`path: /a/b/0/c`).
 */
export const settings: Recogniser = (spot, walk) => {
    if (!Array.isArray(spot.value)) return undefined;
    const given = (spot.value as unknown[]).flatMap((one): [string[], unknown][] => {
        const [name, path, value] = ["name", "path", "value"].map((key) => valueAt(one, key));
        if (value === undefined) return [];
        if (typeof name === "string" && /remote_?write|destinations/i.test(name)) {
            return [[splitName(name), value]];
        }
        const isPatch = typeof path === "string" && valueAt(one, "op") !== undefined;
        return isPatch && /remote_?write/i.test(path) ? [[splitPointer(path), value]] : [];
    });
    if (given.length === 0 || given.some(([keys]) => keys.length < 2)) return undefined;
    const built: Record<string, unknown> = {};
    for (const [keys, value] of given) put(built, keys, value);
    return walkBut([], { ...spot, value: toLists(built) }, walk);
};

/** `a.b[0].c`; a dot of a name has a backslash before it. */
function splitName(name: string): string[] {
    return name
        .replaceAll(/\[([0-9]+)\]/g, ".$1")
        .split(/(?<!\\)\./)
        .map((key) => key.replaceAll("\\.", "."));
}

/** RFC 6901; `-` is behind the last of a list. */
function splitPointer(pointer: string): string[] {
    return pointer
        .split("/")
        .slice(1)
        .map((key) => (key === "-" ? "0" : key.replaceAll("~1", "/").replaceAll("~0", "~")));
}

const RESERVED = ["__proto__", "constructor", "prototype"];

function put(content: Record<string, unknown>, keys: readonly string[], value: unknown): void {
    const [key = "", ...rest] = keys;
    if (RESERVED.includes(key)) return;
    if (rest.length === 0) {
        content[key] = value;
        return;
    }
    const former = content[key];
    const inner = typeof former === "object" && former !== null ? former : {};
    content[key] = inner;
    put(inner as Record<string, unknown>, rest, value);
}

function toLists(content: unknown): unknown {
    const entries = entriesOf(content);
    if (entries.length === 0) return content;
    const values = entries.map(([key, one]): [string, unknown] => [key, toLists(one)]);
    return values.every(([key]) => /^[0-9]+$/.test(key))
        ? values.map(([, one]) => one)
        : Object.fromEntries(values);
}

/** What is below a mapping, but for some keys. */
function walkBut(keys: readonly string[], spot: Spot, walk: Walk): Candidate[] {
    return entriesOf(spot.value)
        .filter(([key]) => !keys.includes(key))
        .flatMap(([key, one]) => walk(below(spot, key, one)));
}
