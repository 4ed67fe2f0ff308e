import { isCompose } from "../compose.ts";
import { entriesOf, valueAt } from "../yaml.ts";
import { sayNotes } from "./notes.ts";
import type { Note } from "./spot.ts";

/** A file of which nothing came. */
interface Empty {
    readonly path: string;
    /** Secret. */
    readonly text: string;
    readonly contents: readonly unknown[];
    readonly notes: readonly Note[];
}

/** Says in one line what was looked at, why nothing was found, and what to do. */
export function explainNothing({ path, text, contents, notes }: Empty): string {
    const looked = `no remote-write credential found in ${path}`;
    const known = sayNotes(notes);
    const what = describeContents(contents);
    const taken = what === undefined ? "" : `, read as ${what}`;
    if (known !== undefined) return `${looked}${taken}: ${known}`;
    if (/^[ \t]*#.*remote_?write/im.test(text) && !/^[^#\n]*remote_?write/im.test(text)) {
        return `${looked}${taken}: it is commented out there, so nothing pushes by it`;
    }
    if (contents.every((one) => one === "" || one === undefined)) {
        return `${looked}: nothing is in it but comments: give the configuration of a sender`;
    }
    if (/^[^#\n]*remote_?write/im.test(text)) {
        return `${looked}${taken}: what is called remote write there has no entries, or none that is read: give one value with --key a.b[0].c`;
    }
    return `${looked}${taken}: nothing in it is called remote write: give the sender's own configuration, or one value with --key a.b[0].c`;
}

const SHAPES: readonly (readonly [called: string, keys: readonly string[]])[] = [
    ["a configuration of Prometheus", ["scrape_configs", "remote_write", "rule_files"]],
    ["a configuration of Prometheus", ["remote_read", "global"]],
    ["a configuration of a collector", ["exporters", "receivers"]],
    ["a configuration of Grafana Agent", ["integrations"]],
    ["a kustomization", ["secretGenerator", "configMapGenerator", "resources"]],
    ["a helmfile", ["releases"]],
    ["values of a chart", ["prometheus", "server", "alloy", "vmagent", "agent", "config"]],
    ["values of a chart", ["destinations", "externalServices", "extraArgs", "serverFiles"]],
];

/** What documents are, by their kinds or their keys; undefined where nothing says it. */
export function describeContents(contents: readonly unknown[]): string | undefined {
    const kinds = contents
        .map((one) => valueAt(one, "kind"))
        .filter((kind): kind is string => typeof kind === "string");
    if (kinds.length > 0) {
        return `manifests of Kubernetes (${[...new Set(kinds)].slice(0, 4).join(", ")})`;
    }
    const [content] = contents;
    if (isCompose(content)) return "a file of Docker Compose";
    const keys = entriesOf(content).map(([key]) => key);
    const shape = SHAPES.find(([, names]) => names.some((name) => keys.includes(name)));
    return shape?.[0] ?? (keys.length > 0 ? "YAML" : undefined);
}
