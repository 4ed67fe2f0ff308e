import { basename, dirname, isAbsolute, join } from "node:path";
import { readFile } from "./client.ts";
import { unescapeC } from "./escapes.ts";
import type { Candidate, Machine } from "./place.ts";
import { valueOrMissing } from "./standIn.ts";
import { parseEnvironmentFile, parseUnit, splitWords } from "./systemd.ts";
import { isLikelyName, kindOf, type Variable } from "./variables.ts";

/** What systemd gives the process of a unit. */
export interface Unit {
    readonly variables: readonly Variable[];
    /** `LoadCredential=`, `SetCredential=` and their kin (systemd.exec(5)). */
    readonly credentials: readonly Candidate[];
}

/**
 * Reads a unit with its drop-ins: files override settings, and what comes later overrides what came
 * before. Throws a one-line error where a file of it is not there.
 */
export function readUnit(path: string, machine: Machine): Unit {
    let inline: Variable[] = [];
    let listed: string[] = [];
    let credentials: Candidate[] = [];
    for (const file of withDropIns(path, machine)) {
        for (const { section, key, value } of parseUnit(machine.readFile(file).text, file)) {
            if (section !== "Service") continue;
            const isReset = value === ""; // takes back what came before
            if (key === "Environment")
                inline = isReset ? [] : [...inline, ...readWords(value, file)];
            if (key === "EnvironmentFile") listed = isReset ? [] : [...listed, value];
            if (/^(?:Load|Set)Credential(?:Encrypted)?$/.test(key)) {
                const one = isReset ? [] : readCredential(key, value, file, machine);
                credentials = isReset ? [] : [...credentials, ...one];
            }
        }
    }
    const fromFiles = listed.flatMap((setting) => readListed(setting, machine));
    const variables = new Map([...inline, ...fromFiles].map((one) => [one.name, one]));
    return { variables: [...variables.values()], credentials };
}

function withDropIns(path: string, machine: Machine): string[] {
    const drops = machine.list(`${path}.d`).filter((name) => name.endsWith(".conf"));
    return [path, ...drops.map((name) => join(`${path}.d`, name))];
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

const SEALED =
    "systemd encrypted it for this machine: systemd-creds decrypt, as root, and give that";
const IN_UNIT = "everybody who reads the unit has it: rotate, and use LoadCredential=";

/** `LoadCredential=rw:/etc/rw/password`, `SetCredential=rw:text`. */
function readCredential(key: string, setting: string, file: string, machine: Machine): Candidate[] {
    const [, id = "", rest = ""] = /^([^:]+)(?::(.*))?$/s.exec(setting) ?? [];
    // Certificates are given to a process alike.
    if (id === "" || /tls|cert|\.(?:crt|pem|key)$|(?:^|[._-])ca(?:[._-]|$)|ssh/i.test(id))
        return [];
    const place = `${basename(file)}: ${key} ${id}`;
    const doubt = isLikelyName(id) ? undefined : "nothing says that it is for remote write";
    const judged = { kind: kindOf(id, undefined), doubt };
    if (key.endsWith("Encrypted")) return [{ place, ...judged, missing: SEALED, plaintext: false }];
    if (key === "SetCredential") {
        const held = valueOrMissing(unescapeC(rest).replaceAll("%%", "%"));
        return [{ place, ...judged, ...held, plaintext: true, advice: IN_UNIT }];
    }
    const shown = rest === "" ? id : rest;
    if (!isAbsolute(shown)) {
        const missing = `systemd has it in a store of its own: systemd-creds cat ${id}, in the unit`;
        return [{ place, ...judged, missing, plaintext: false }];
    }
    const held = readFile(shown, { machine, directory: "/" });
    return [{ place: `${place} (${shown})`, ...judged, ...held }];
}
