import { basename, dirname } from "node:path";
import { findInAlloy, looksLikeAlloy } from "./alloy.ts";
import { findInClient, type SenderFile } from "./client.ts";
import { findInCompose, isCompose } from "./compose.ts";
import { findInContainers } from "./variables.ts";
import { parseScript } from "./shell.ts";
import { findInCollector } from "./collector.ts";
import type { Candidate, Machine, Source } from "./place.ts";
import { findInCommandLine, findInManifest } from "./vmagent.ts";
import { entriesOf, parseYaml, valueAt } from "./yaml.ts";

/** A sender's own configuration. */
export const prometheus: Source = {
    name: "prometheus",
    description:
        "Looks in a sender's configuration: Prometheus (also as agent), Grafana Agent and Alloy, vmagent, OpenTelemetry collector.",
    argument: [
        "<file>",
        "prometheus.yml, config.alloy, collector.yaml, or whatever holds vmagent's command line",
    ],
    options: [],
    find: ([path = ""], _options, machine) => findInFile(path, machine),
};

const ADVICE =
    "everybody who reads this file, a copy or its history in Git has it: rotate, and use a credential file";

function findInFile(path: string, machine: Machine): Candidate[] {
    const { text } = machine.readFile(path);
    if (text.trim() === "") throw new Error(`${path} is empty: give the configuration of a sender`);
    return findInText({
        text,
        name: basename(path),
        directory: dirname(path),
        machine,
        advice: ADVICE,
        reading: { file: path },
    });
}

/** The credentials of any sender's configuration, by what it looks like. */
export function findInText(file: SenderFile): Candidate[] {
    const { text, name, reading } = file;
    const path = reading?.file ?? name;
    if (/\.(?:alloy|river)$/.test(name) || looksLikeAlloy(text)) return findInAlloy(file);
    // A unit, a script or what /proc shows of a process: YAML begins with a key, a list or a
    // document.
    if (isCommandLine(text)) return [...findInCommandLine(file), ...findInDocuments(file)];
    return parseYaml(text, path).flatMap((content) => {
        // As the API has it, at /api/v1/status/config.
        const shown = valueAt(content, "data", "yaml");
        const contents = typeof shown === "string" ? parseYaml(shown, path) : [content];
        return contents.flatMap((one) =>
            isCompose(one)
                ? findInCompose(one, file, findInText)
                : [
                      ...findRemoteWrite(one, "", file),
                      ...findInCollector(one, file),
                      ...findInManifest(one, file),
                      ...findInContainers(one, file),
                  ],
        );
    });
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

/**
 * Every entry of a `remote_write`, wherever it is: Grafana Agent has it below `metrics.configs[]`.
 */
function findRemoteWrite(content: unknown, path: string, file: SenderFile): Candidate[] {
    if (Array.isArray(content)) {
        return content.flatMap((one, index) => findRemoteWrite(one, `${path}[${index}]`, file));
    }
    return entriesOf(content).flatMap(([key, value]) => {
        const at = path === "" ? key : `${path}.${key}`;
        if (key !== "remote_write") return findRemoteWrite(value, at, file);
        const clients: readonly unknown[] = Array.isArray(value) ? value : [value];
        return clients.flatMap((client, index) =>
            findInClient(client, {
                ...file,
                place: (setting) => `${file.name}: ${at}[${index}].${setting}`,
            }),
        );
    });
}
