import { basename, dirname } from "node:path";
import { looksLikeAlloy } from "./alloy.ts";
import type { SenderFile } from "./client.ts";
import { findInFlat, isFlat } from "./flat.ts";
import type { Candidate, Machine, Source } from "./place.ts";
import { parseScript } from "./shell.ts";
import { explainNothing } from "./structure/explain.ts";
import { readContents, sceneOf, share, type Structure } from "./structure/read.ts";
import { readAlloy } from "./structure/text.ts";
import { findInCommandLine } from "./vmagent.ts";
import { parseYaml, valueAt } from "./yaml.ts";

/** A sender's own configuration. */
export const prometheus: Source = {
    name: "prometheus",
    description:
        "Looks in a sender's configuration: Prometheus (also as agent), Grafana Agent and Alloy, vmagent, OpenTelemetry collector.",
    argument: [
        "<file>",
        "prometheus.yml, config.alloy, collector.yaml, a manifest, or whatever holds vmagent's command line",
    ],
    options: [
        ["--key <path>", "one value of it, such as a.b[0].c, where nothing says what it is"],
        ["--namespace <name>", "where the Secrets are that it refers to"],
    ],
    find: ([path = ""], options, machine) => findInFile(path, options, machine),
};

const ADVICE =
    "everybody who reads this file, a copy or its history in Git has it: rotate, and use a credential file";

function findInFile(
    path: string,
    { key, namespace }: Readonly<Record<string, string | undefined>>,
    machine: Machine,
): Candidate[] {
    const text = readGiven(path, machine);
    if (text.trim() === "") throw new Error(`${path} is empty: give the configuration of a sender`);
    const structure = { shared: share(findInText), key, namespace };
    const found = findInText(fileAt(path, text, machine), structure);
    if (found.length > 0) return found;
    const { notes } = structure.shared;
    const contents = isYaml(text, basename(path)) ? parseYaml(text, path) : [];
    throw new Error(explainNothing({ path, text, contents, notes }));
}

/** The text of a file that is given. */
export function readGiven(path: string, machine: Machine): string {
    if (machine.look(path)?.kind === "directory") {
        throw new Error(`${path} is a directory: npm run extract -- ${path} searches it`);
    }
    return machine.readFile(path).text;
}

/** A file as it is given. */
export function fileAt(path: string, text: string, machine: Machine): SenderFile {
    return {
        text,
        name: basename(path),
        directory: dirname(path),
        machine,
        advice: ADVICE,
        reading: { file: path },
    };
}

/** The credentials of any sender's configuration, by what it looks like. */
export function findInText(
    file: SenderFile,
    structure: Structure = { shared: share(findInText) },
): Candidate[] {
    const { text, name, reading } = file;
    const path = reading?.file ?? name;
    if (isAlloy(text, name)) return readAlloy(sceneOf(file, structure));
    if (isFlat(text)) return findInFlat(file);
    // A unit, a script or what /proc shows of a process: YAML begins with a key, a list or a
    // document.
    if (isCommandLine(text)) return [...findInCommandLine(file), ...findInDocuments(file)];
    const contents = parseYaml(text, path).flatMap((content) => {
        // As the API has it, at /api/v1/status/config.
        const shown = valueAt(content, "data", "yaml");
        return typeof shown === "string" ? parseYaml(shown, path) : [content];
    });
    return readContents(contents, file, structure);
}

function isAlloy(text: string, name: string): boolean {
    return /\.(?:alloy|river)$/.test(name) || looksLikeAlloy(text);
}

function isYaml(text: string, name: string): boolean {
    return !isAlloy(text, name) && !isFlat(text) && !isCommandLine(text);
}

/** What a script writes into files. What is none of a sender's is passed over. */
function findInDocuments(file: SenderFile): Candidate[] {
    if (!file.text.includes("<<")) return [];
    return parseScript(file.text).documents.flatMap((text) => {
        if (!/remote_?write/i.test(text)) return [];
        try {
            return findInText({ ...file, text, name: `${file.name}: here-document` });
        } catch {
            return [];
        }
    });
}

/** A unit, a script, what /proc shows of a process, or its flags in a variable. */
function isCommandLine(text: string): boolean {
    const units = /^\s*\[(?:Unit|Service)\]/m;
    const commands = /^(?:#!\s*\/|[A-Z_]+=.*-remoteWrite\.|\s*\S*vmagent\S*\s+[-\\])/m;
    return text.includes("\0") || units.test(text) || commands.test(text);
}
