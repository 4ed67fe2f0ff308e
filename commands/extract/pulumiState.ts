import { basename } from "node:path";
import { leavesOf, parseJson } from "./json.ts";
import { judgeKey, likelyKeys } from "./operatorResource.ts";
import { daysSince, type Candidate, type Machine, type Source } from "./place.ts";
import { findInText } from "./senderFile.ts";
import { valueOrMissing } from "./standIn.ts";
import { findInValues, refuseFiles } from "./stateGuess.ts";
import { isForRemoteWrite } from "./variables.ts";
import { entriesOf, valueAt } from "./yaml.ts";
import { isStateSecret } from "../stateSecret.ts";
import { partsOfUrn } from "../urn.ts";

/** The exported state of a Pulumi stack. */
export const pulumi: Source = {
    name: "pulumi",
    description: "Looks in the export of a Pulumi stack.",
    argument: ["<file>", "what pulumi stack export --show-secrets --file <file> wrote"],
    options: [],
    find: async ([path = ""], _options, machine) => {
        const { text } = machine.readFile(path);
        if (/^(?:config|encryptionsalt|secretsprovider):/m.test(text)) {
            throw new Error(
                `${path} is the configuration of a stack: give what pulumi stack export --show-secrets --file export.json wrote`,
            );
        }
        const exported = parseJson(text, path);
        const resources = valueAt(exported, "deployment", "resources");
        const isExport = valueAt(exported, "deployment") !== undefined;
        if (!isExport || (resources !== undefined && !Array.isArray(resources))) {
            throw new Error(`${path} is no export: give what pulumi stack export wrote`);
        }
        const found: Candidate[] = [];
        for (const resource of (resources ?? []) as readonly unknown[]) {
            found.push(...(await findInResource(resource, path, machine)));
        }
        if (found.length > 0) return found;
        throw new Error(
            `no remote-write credential found in ${path}: no Secret, Helm release or output of it looks like one; give the value in a variable to npm run extract -- environment <name>`,
        );
    },
};

const ADVICE = "the export holds every secret of the stack in plain text: remove it, then rotate";

async function findInResource(
    resource: unknown,
    path: string,
    machine: Machine,
): Promise<Candidate[]> {
    const { type, name } = partsOfUrn(textAt(resource, "urn"));
    const outputs = valueAt(resource, "outputs");
    const place = (key: string) => `${basename(path)}: ${type} ${name}: ${key}`;
    const written = Date.parse(textAt(resource, "modified") || textAt(resource, "created"));
    const age = Number.isNaN(written) ? {} : { age: daysSince(new Date(written), machine.now) };
    const listed = readResource(type, outputs, path).flatMap(([key, value, judged]) => {
        const text = reveal(value, path);
        if (typeof text !== "string" || text === "") return [];
        const held = valueOrMissing(text);
        const fixed = { ...held, ...age, plaintext: held.missing === undefined, advice: ADVICE };
        const called = [name, key, textAt(reveal(valueAt(outputs, "metadata"), path), "name")];
        const isMeant = called.some((one) => isForRemoteWrite(one) || PUSH.test(one));
        const doubt = isMeant ? {} : { doubt: NOTHING_SAYS };
        return [
            { place: place(key), kind: "bearer token" as const, ...judged, ...fixed, ...doubt },
        ];
    });
    return [...listed, ...(await findInWritten(type, outputs, place, path, machine))];
}

const PUSH = /(?:^|[._-])push(?:[._-]|$)/i;
const NOTHING_SAYS = "nothing in the state says that it is for remote write";

function readResource(type: string, outputs: unknown, path: string): Candidates {
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
}

/** What is in a Helm release, a ConfigMap or a custom resource. */
async function findInWritten(
    type: string,
    outputs: unknown,
    place: (key: string) => string,
    path: string,
    machine: Machine,
): Promise<Candidate[]> {
    if (!type.startsWith("kubernetes:") || type === "kubernetes:core/v1:Secret") return [];
    if (type === "kubernetes:core/v1:ConfigMap") {
        return entriesOf(revealAll(valueAt(outputs, "data"), path)).flatMap(([key, text]) => {
            if (typeof text !== "string" || !/remote_?write/i.test(text)) return [];
            const name = place(`data.${key}`);
            const site = { directory: "/", machine: refuseFiles(machine), advice: ADVICE };
            try {
                return findInText({ ...site, text, name });
            } catch {
                return [];
            }
        });
    }
    const isRelease = /^kubernetes:helm\.sh\/v[34]:/.test(type);
    const key = isRelease ? "values" : "spec";
    const content = revealAll(valueAt(outputs, key), path);
    if (content === undefined) return [];
    const wrapped = JSON.stringify({ [key]: content });
    const found = await findInValues(wrapped, place(""), machine);
    return found.map((one) => ({ ...one, place: one.place.replace(": : ", ": "), advice: ADVICE }));
}

/** A value with all that is secret in it. */
function revealAll(value: unknown, path: string): unknown {
    const revealed = reveal(value, path);
    if (Array.isArray(revealed)) return revealed.map((one) => revealAll(one, path));
    if (typeof revealed !== "object" || revealed === null) return revealed;
    return Object.fromEntries(
        Object.entries(revealed).map(([key, one]) => [key, revealAll(one, path)]),
    );
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
        const isSecret = isStateSecret(output);
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
    if (!isStateSecret(value)) return value;
    const { plaintext } = value;
    if (typeof plaintext === "string") return parseJson(plaintext, path);
    throw new Error(
        `${path} has its secrets encrypted: run pulumi stack export --show-secrets --file ${path}, and remove it afterwards`,
    );
}

function textAt(value: unknown, key: string): string {
    const text = valueAt(value, key);
    return typeof text === "string" ? text : "";
}
