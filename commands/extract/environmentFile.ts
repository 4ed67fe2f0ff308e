import { basename, dirname } from "node:path";
import { DOTENV_READERS, type DotenvReader, parseDotenv } from "./dotenv.ts";
import type { Candidate, Machine, Source } from "./place.ts";
import { prometheus } from "./senderFile.ts";
import { readUnit } from "./unit.ts";
import { findInVariables, type Variable } from "./variables.ts";

/** Environment variables. */
export const environment: Source = {
    name: "environment",
    description:
        "Looks in environment variables: the current ones, a .env file's, or a systemd unit's.",
    argument: ["[names...]", "the variables; those that look like it when left out"],
    options: [
        ["--file <file>", "a .env file, rather than the current environment"],
        ["--reader <name>", "what reads the .env file: compose, docker or systemd"],
        ["--unit <file>", "a systemd unit file, with its drop-ins and EnvironmentFile="],
    ],
    find: (names, { file, unit, reader }, machine) => {
        if (file !== undefined && unit !== undefined) {
            throw new Error("--file and --unit name one place each: give one of them");
        }
        if (file !== undefined) {
            const composed = findInComposeFile(file, machine);
            if (composed !== undefined && names.length === 0) return composed;
            const found = pick(names, readDotenv(file, reader, machine), file, machine);
            return requireSome(found, file, ` --file ${file}`);
        }
        if (unit !== undefined) {
            const { variables, credentials } = readUnit(unit, machine);
            const idOf = ({ place }: Candidate) =>
                /Credential(?:Encrypted)? (\S+)/.exec(place)?.[1];
            const named = credentials.filter((one) => names.includes(idOf(one) ?? ""));
            if (named.length === names.length && named.length > 0) return named;
            const found = pick(names, variables, unit, machine);
            const all = names.length > 0 ? found : [...found, ...credentials];
            return requireSome(all, unit, ` --unit ${unit}`);
        }
        const found = pick(names, readCurrent(machine), "the environment", machine);
        return requireSome(found, "the environment", "");
    },
};

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

/** What is given may be a Compose file, which has variables as well. */
function findInComposeFile(path: string, machine: Machine): Candidate[] | undefined {
    const { text } = machine.readFile(path);
    if (!/^services:/m.test(text)) return undefined;
    return prometheus.find([path], {}, machine) as Candidate[];
}

/** Files of this place are read by systemd, or by a shell that reads them alike. */
const SYSTEMD_PLACE = /^\/etc\/(?:default|sysconfig|conf\.d)\//;

function readDotenv(path: string, given: string | undefined, machine: Machine): Variable[] {
    const { text } = machine.readFile(path);
    const reader = DOTENV_READERS.find((one) => one === given);
    if (given !== undefined && reader === undefined) {
        throw new Error(`--reader must be ${DOTENV_READERS.join(", ")}, got "${given}"`);
    }
    const usual = SYSTEMD_PLACE.test(path) ? "systemd" : "compose";
    const read = (one: DotenvReader) => parseDotenv(text, one);
    const readings = new Map(DOTENV_READERS.map((one) => [one, read(one)]));
    const variables = readings.get(reader ?? usual) ?? new Map<string, string>();
    return [...variables].map(([name, value]) => ({
        name,
        value,
        place: `${basename(path)}: ${name}`,
        plaintext: true,
        advice: "it must be in no commit and no image: rotate, and use a credential file",
        doubt: reader === undefined ? compareReadings(name, value, readings) : undefined,
        directory: dirname(path),
        reading: { file: path, source: "environment --file" },
    }));
}

/** What to say where one reader of such a file has another value than the others. */
function compareReadings(
    name: string,
    value: string,
    readings: ReadonlyMap<DotenvReader, ReadonlyMap<string, string>>,
): string | undefined {
    const others = [...readings].filter(
        ([, variables]) => variables.has(name) && variables.get(name) !== value,
    );
    if (others.length === 0) return undefined;
    const same = [...readings].filter(([, variables]) => variables.get(name) === value);
    const [named, differing] = [same, others].map((list) =>
        list.map(([one]) => CALLED[one]).join(" and "),
    );
    return `it is this to ${named ?? ""}, and another text to ${differing ?? ""}: give --reader`;
}

const CALLED: Readonly<Record<DotenvReader, string>> = {
    compose: "Docker Compose",
    docker: "docker run",
    systemd: "systemd",
};

function pick(
    names: readonly string[],
    variables: readonly Variable[],
    where: string,
    machine: Machine,
): Candidate[] {
    const absent = names.find((name) => !variables.some((one) => one.name === name));
    if (absent !== undefined) throw new Error(`${absent} is not set in ${where}: check the name`);
    return findInVariables(variables, names, machine);
}

/** Throws where nothing is found, with what was looked at and what to do. */
function requireSome(
    found: readonly Candidate[],
    where: string,
    option: string,
): readonly Candidate[] {
    if (found.length > 0) return found;
    throw new Error(
        `no remote-write credential found in ${where}: no variable there is called like one; name it: npm run extract -- environment <name>${option}`,
    );
}
