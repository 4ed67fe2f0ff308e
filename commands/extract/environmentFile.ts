import { parseEnv } from "node:util";
import { basename, dirname, join } from "node:path";
import { readFile } from "./client.ts";
import { parseUrl } from "./url.ts";
import {
    type Candidate,
    type Form,
    type Machine,
    parseAuthorization,
    type Source,
} from "./place.ts";
import { valueOrMissing } from "./standIn.ts";
import { parseEnvironmentFile, parseUnit, splitWords } from "./systemd.ts";

/** Environment variables. */
export const environment: Source = {
    name: "environment",
    description:
        "Looks in environment variables: the current ones, a .env file's, or a systemd unit's.",
    argument: ["[names...]", "the variables; those that look like it when left out"],
    options: [
        ["--file <file>", "a .env file, rather than the current environment"],
        ["--unit <file>", "a systemd unit file, with its drop-ins and EnvironmentFile="],
    ],
    find: (names, { file, unit }, machine) => {
        if (file !== undefined && unit !== undefined) {
            throw new Error("--file and --unit name one place each: give one of them");
        }
        if (file !== undefined) return pick(names, readDotenv(file, machine), file, machine);
        if (unit !== undefined) return pick(names, readUnit(unit, machine), unit, machine);
        return pick(names, readCurrent(machine), "the environment", machine);
    },
};

/** A variable where it is set. */
interface Variable {
    readonly name: string;
    readonly value: string;
    readonly place: string;
    readonly plaintext: boolean;
    readonly advice?: string;
    /** What relative paths are relative to. */
    readonly directory: string;
}

function readCurrent({ environment: variables }: Machine): Variable[] {
    return Object.entries(variables).map(([name, value = ""]) => ({
        name,
        value,
        place: `variable ${name}`,
        plaintext: true,
        advice: "every process started from here gets it, and may log it: rotate, and use a credential file",
        directory: ".",
    }));
}

function readDotenv(path: string, machine: Machine): Variable[] {
    const { text } = machine.readFile(path);
    return Object.entries(parseEnv(text)).map(([name, value = ""]) => ({
        name,
        value,
        place: `${basename(path)}: ${name}`,
        plaintext: true,
        advice: "it must be in no commit and no image: rotate, and use a credential file",
        directory: dirname(path),
    }));
}

/**
 * What systemd gives a unit: files override settings, and what comes later overrides what came
 * before.
 */
function readUnit(path: string, machine: Machine): Variable[] {
    const drops = `${path}.d`;
    const files = [
        path,
        ...machine
            .list(drops)
            .filter((name) => name.endsWith(".conf"))
            .map((name) => join(drops, name)),
    ];
    let inline: Variable[] = [];
    let listed: { readonly setting: string; readonly directory: string }[] = [];
    for (const file of files) {
        for (const { section, key, value } of parseUnit(machine.readFile(file).text, file)) {
            if (section !== "Service") continue;
            // An empty setting takes back what came before.
            if (key === "Environment")
                inline = value === "" ? [] : [...inline, ...readWords(value, file)];
            if (key === "EnvironmentFile") {
                listed =
                    value === "" ? [] : [...listed, { setting: value, directory: dirname(file) }];
            }
        }
    }
    const fromFiles = listed.flatMap(({ setting }) => readListed(setting, machine));
    return [...new Map([...inline, ...fromFiles].map((one) => [one.name, one])).values()];
}

function readWords(setting: string, file: string): Variable[] {
    return splitWords(setting).flatMap((word) => {
        const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(word) ?? [];
        if (name === undefined || value === undefined) return [];
        return {
            name,
            value,
            place: `${basename(file)}: Environment ${name}`,
            plaintext: true,
            advice: `every user can read it with systemctl show: rotate, and use LoadCredential=`,
            directory: dirname(file),
        };
    });
}

/** A `-` before the path lets systemd go on without the file. */
function readListed(setting: string, machine: Machine): Variable[] {
    const [, optional, path = ""] = /^(-?)\s*(.*)$/s.exec(setting) ?? [];
    if (/[%*?[]/.test(path)) {
        throw new Error(`EnvironmentFile=${path} is a pattern: give the file itself with --file`);
    }
    try {
        const { text, exposed } = machine.readFile(path);
        return parseEnvironmentFile(text).map(([name, value]) => ({
            name,
            value,
            place: `${path}: ${name}`,
            plaintext: exposed,
            ...(exposed ? { advice: `every user can read it: chmod o= ${path}, then rotate` } : {}),
            directory: dirname(path),
        }));
    } catch (error) {
        if (optional === "-") return [];
        throw error;
    }
}

/** A variable of this name holds a credential of remote write. */
const LIKELY =
    /(?=.*(?:remote_?write|prometheus|prom_|mimir|vmagent))(?=.*(?:pass|pwd|token|secret|credential|api_?key))/i;

function pick(
    names: readonly string[],
    variables: readonly Variable[],
    where: string,
    machine: Machine,
): Candidate[] {
    const absent = names.find((name) => !variables.some((one) => one.name === name));
    if (absent !== undefined) throw new Error(`${absent} is not set in ${where}: check the name`);
    return variables
        .filter(({ name, value }) =>
            names.length > 0 ? names.includes(name) : LIKELY.test(name) && value !== "",
        )
        .map((variable) => judge(variable, variables, machine));
}

function judge(variable: Variable, all: readonly Variable[], machine: Machine): Candidate {
    const { name, place, plaintext, advice } = variable;
    const [, stem = name, isFile] = /^(.*?)(_FILE)?$/i.exec(name) ?? [];
    const kind = kindOf(stem);
    const username = kind === "basic auth" ? usernameFor(stem, all) : undefined;
    if (isFile)
        return { place, kind, username, ...readFile(variable.value, { ...variable, machine }) };
    const held = valueOrMissing(variable.value);
    const inline = { place, plaintext: plaintext && held.missing === undefined, advice };
    if (/^(?:basic|bearer)\s/i.test(variable.value)) {
        return { ...inline, ...held, ...parseAuthorization(variable.value) };
    }
    return { ...inline, kind, username, ...held, ...parseUrl(variable.value) };
}

function kindOf(name: string): Form {
    if (/secret_?(?:access_?)?key/i.test(name)) return "SigV4 secret key";
    if (/client_?secret/i.test(name)) return "OAuth2 client secret";
    return /pass|pwd/i.test(name) ? "basic auth" : "bearer token";
}

/**
 * The variable of the same name but for this word: `RW_USERNAME` or `RW_USER` beside `RW_PASSWORD`.
 */
function usernameFor(name: string, all: readonly Variable[]): string | undefined {
    const names = ["username", "user", "login"].map((word) =>
        name.replace(/passw(?:or)?d|passphrase|pass|pwd/i, word).toLowerCase(),
    );
    return all.find((one) => names.includes(one.name.toLowerCase()))?.value;
}
