import { findInClient, type Site } from "../client.ts";
import { findInEntry } from "../operatorResource.ts";
import type { Candidate } from "../place.ts";
import { entriesOf, valueAt } from "../yaml.ts";
import { noteEntry } from "./entryNotes.ts";
import { note } from "./notes.ts";
import { podOf } from "./secrets.ts";
import { below, placeIn, type Recogniser, type Spot } from "./spot.ts";
import { parsePart } from "./part.ts";

/**
 * `remote_write` of Prometheus, Grafana Agent, Loki's and Tempo's; `remoteWrite` of operators and
 * charts; `prometheus_remote_write` of Agent integrations and of Ansible's collection;
 * `prometheus::server::remote_write_configs` of Puppet.
 */
const REMOTE_WRITE =
    /^(?:.*(?:::|[._-]))?remote_?writes?(?:_configs?)?$|^(?:additional)?remoteWrites?(?:Configs?)?$/i;

/** Settings without which a mapping is no entry, but holds entries. */
const OF_AN_ENTRY =
    /^(?:url|endpoint|basic_?auth|bearer_?token\w*|authorization|oauth2|sigv4|azure_?ad|headers|tls_?config|name)$/i;

/** What remote write is made of, wherever it stands. */
export const remoteWrite: Recogniser = (spot, walk) => {
    if (!REMOTE_WRITE.test(spot.key)) return undefined;
    const { value } = spot;
    if (value === "" || (Array.isArray(value) && value.length === 0)) {
        note(spot, "none", "is empty, so nothing is pushed by it: look where it is filled in");
        return [];
    }
    if (typeof value === "string") {
        const part = parsePart(value);
        return part === undefined ? undefined : remoteWrite({ ...spot, value: part }, walk);
    }
    if (Array.isArray(value)) {
        if (value.some((one) => typeof one === "string" && one.includes("remoteWrite."))) return;
        return value.flatMap((one: unknown, index) => readEntry(below(spot, index, one)));
    }
    if (entriesOf(value).length === 0) return undefined;
    if (entriesOf(value).some(([key]) => OF_AN_ENTRY.test(key))) return readEntry(spot);
    // Loki's ruler has `client` and `clients: { name: ... }`.
    return entriesOf(value).flatMap(([key, one]) => {
        const inner = below(spot, key, one);
        if (key === "client") return readEntry(inner);
        if (key === "clients") {
            return entriesOf(one).flatMap(([name, client]) =>
                readEntry(below(inner, name, client)),
            );
        }
        if (Array.isArray(one)) return remoteWrite({ ...inner, key: "remote_write" }, walk) ?? [];
        return entriesOf(one).some(([name]) => OF_AN_ENTRY.test(name))
            ? readEntry(inner)
            : walk(inner);
    });
};

/** A custom resource that is an entry as a whole, such as Deckhouse's `PrometheusRemoteWrite`. */
export const remoteWriteResource: Recogniser = (spot) => {
    const kind = valueAt(spot.value, "kind");
    const specification = valueAt(spot.value, "spec");
    if (typeof kind !== "string" || !/remotewrite$/i.test(kind)) return undefined;
    return entriesOf(specification).some(([key]) => OF_AN_ENTRY.test(key))
        ? readEntry(below(spot, "spec", specification))
        : undefined;
};

/** Settings of others that look alike: what is read from, scraped and alerted. */
export const notRemoteWrite: Recogniser = (spot) => {
    const isList = Array.isArray(spot.value) && spot.value.length > 0;
    if (/^(?:remote_?reads?)$/i.test(spot.key) && typeof spot.value === "object") {
        if (isList) note(spot, "other", "reads, and pushes nothing");
        return [];
    }
    return isList && /^(?:scrape_configs|alertmanagers)$/.test(spot.key) ? [] : undefined;
};

/** The credentials of one entry. */
export function readEntry(spot: Spot): Candidate[] {
    const { value, scene } = spot;
    const entry = typeof value === "string" ? { url: value } : value;
    const found = scene.inPod ? findInEntry(entry, siteOf(spot)) : readLocal(entry, spot);
    if (found.length === 0) noteEntry({ ...spot, value: entry });
    return found;
}

/** A file of this machine: words of operators stand there too, where a chart's values are given. */
function readLocal(entry: unknown, spot: Spot): Candidate[] {
    const site = siteOf(spot);
    const isCamel = entriesOf(entry).some(
        ([key]) => /^[a-z]+[A-Z0-9]/.test(key) || key === "sigv4",
    );
    const hasReference = entriesOf(valueAt(entry, "authorization")).some(
        ([, one]) => typeof one === "object",
    );
    if (isCamel || hasReference) return findInEntry(entry, site);
    return findInClient(entry, { ...site, machine: spot.scene.file.machine });
}

/** Where the settings of an entry stand. */
export function siteOf(spot: Spot): Site & Parameters<typeof findInEntry>[1] {
    const { file, inPod, namespace, shared, lookup } = spot.scene;
    const resolve = (reference: { readonly name: string; readonly key: string }) =>
        shared.secrets.resolve(reference, namespace);
    return {
        ...file,
        lookup,
        resolve,
        machine: inPod ? podOf(file.machine, resolve) : file.machine,
        place: placeIn(spot),
    };
}
