import { basename } from "node:path";
import { leavesOf, parseJson } from "./json.ts";
import { judgeKey, likelyKeys } from "./operatorResource.ts";
import { daysSince, type Candidate, type Machine, type Source } from "./place.ts";
import { entriesOf, valueAt } from "./yaml.ts";

/** The exported state of a Pulumi stack. */
export const pulumi: Source = {
    name: "pulumi",
    description: "Looks in the export of a Pulumi stack.",
    argument: ["<file>", "what pulumi stack export --show-secrets --file <file> wrote"],
    options: [],
    find: ([path = ""], _options, machine) => {
        const { text } = machine.readFile(path);
        const exported = parseJson(text, path);
        const resources = valueAt(exported, "deployment", "resources");
        const isExport = valueAt(exported, "deployment") !== undefined;
        if (!isExport || (resources !== undefined && !Array.isArray(resources))) {
            throw new Error(`${path} is no export: give what pulumi stack export wrote`);
        }
        const list = (resources ?? []) as readonly unknown[];
        return list.flatMap((resource) => findInResource(resource, path, machine));
    },
};

// What marks a secret in a state: sig.Key and sig.Secret of the Pulumi SDK 3.259.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

const ADVICE = "the export holds every secret of the stack in plain text: remove it, then rotate";

function findInResource(resource: unknown, path: string, machine: Machine): Candidate[] {
    // urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>
    const [, , types = "", name = ""] = textAt(resource, "urn").split("::");
    const type = types.replace(/^.*\$/, "");
    const outputs = valueAt(resource, "outputs");
    const candidates = ((): Candidates => {
        switch (type) {
            case "random:index/randomPassword:RandomPassword":
                return [["result", valueAt(outputs, "result"), { kind: "bearer token" }]];
            case "kubernetes:core/v1:Secret":
                return readSecret(outputs, path);
            case "pulumi:pulumi:Stack":
                return readOutputs(outputs, path);
            default:
                return [];
        }
    })();
    const written = Date.parse(textAt(resource, "modified") || textAt(resource, "created"));
    const age = Number.isNaN(written) ? {} : { age: daysSince(new Date(written), machine.now) };
    return candidates.flatMap(([key, value, judged]) => {
        const text = reveal(value, path);
        if (typeof text !== "string" || text === "") return [];
        const place = `${basename(path)}: ${type} ${name}: ${key}`;
        const fixed = { value: text, ...age, plaintext: true, advice: ADVICE };
        return [{ place, kind: "bearer token" as const, ...judged, ...fixed }];
    });
}

type Candidates = [key: string, value: unknown, judged: Partial<Candidate>][];

function readSecret(outputs: unknown, path: string): Candidates {
    const data = Object.fromEntries(
        entriesOf(reveal(valueAt(outputs, "data"), path)).map(([key, value]) => {
            const text = reveal(value, path);
            const decoded = typeof text === "string" ? Buffer.from(text, "base64").toString() : "";
            return [key, decoded];
        }),
    );
    return likelyKeys(Object.keys(data)).map((key) => [
        `data.${key}`,
        data[key],
        judgeKey(key, data),
    ]);
}

/** Secret outputs, and those named like a credential. */
function readOutputs(outputs: unknown, path: string): Candidates {
    return entriesOf(outputs).flatMap(([name, output]): Candidates => {
        const isSecret = valueAt(output, SIGNATURE) === SECRET;
        return leavesOf(reveal(output, path)).flatMap(([at, text]): Candidates => {
            const key = at === "" || at.startsWith("[") ? name + at : `${name}.${at}`;
            const last = key.replace(/^.*\./, "");
            const isNamed = /pass|pwd|token|secret|credential/i.test(last);
            if (!isNamed && !(isSecret && likelyKeys([last]).length > 0)) return [];
            return [[key, text, judgeKey(last, {})]];
        });
    });
}

/** A value of the state, secret or not. */
function reveal(value: unknown, path: string): unknown {
    if (valueAt(value, SIGNATURE) !== SECRET) return value;
    const plaintext = valueAt(value, "plaintext");
    if (typeof plaintext === "string") return parseJson(plaintext, path);
    throw new Error(
        `${path} has its secrets encrypted: run pulumi stack export --show-secrets --file ${path}, and remove it afterwards`,
    );
}

function textAt(value: unknown, key: string): string {
    const text = valueAt(value, key);
    return typeof text === "string" ? text : "";
}
