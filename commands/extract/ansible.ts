import { join } from "node:path";
import { findInClient } from "./client.ts";
import { judgeKey } from "./operatorResource.ts";
import { type Candidate, type Machine, type Source } from "./place.ts";
import { findInText } from "./senderFile.ts";
import { type Reading, valueOrMissing } from "./standIn.ts";
import { refuseFiles } from "./stateGuess.ts";
import { isLikelyName } from "./variables.ts";
import { leavesOf } from "./json.ts";
import { isVault } from "./ansibleVault.ts";
import { type AskPassword, createOpener, type Open } from "./vaultIdentity.ts";
import { entriesOf, parseYaml, valueAt } from "./yaml.ts";

type Held = Pick<Candidate, "value" | "missing" | "plaintext" | "advice">;

const PLAIN = "everybody who reads this file or its history in Git has it: rotate, and encrypt it";
const SEALED = "whoever has the vault password has it: rotate, and let the stack keep the next one";

/** Variables of Ansible, encrypted by Ansible Vault or not. */
export function createAnsible(ask: AskPassword): Source {
    return {
        name: "ansible",
        description:
            "Looks in Ansible's variables: vars files, group_vars and host_vars, with Ansible Vault.",
        argument: ["<paths...>", "files, or directories such as group_vars"],
        options: [
            [
                "--key <path>",
                "the variable, such as prometheus_remote_write[0].basic_auth.password",
            ],
            ["--vault-password-file <file>", "the vault password; asked for when left out"],
            ["--vault-id <label@file>", "the same for one vault id; label@prompt asks; repeat it"],
        ],
        find: async (paths, { key, ...identities }, machine) => {
            const open = createOpener(ask, identities, machine);
            const files = paths.flatMap((path) => listFiles(path, machine));
            const leaves: Leaf[] = [];
            const contents: [file: string, content: unknown][] = [];
            for (const file of files) {
                const { text } = machine.readFile(file);
                const whole = isVault(text);
                if (!whole && !paths.includes(file) && isInventory(text)) continue;
                for (const content of parseYaml(whole ? await open(text, file) : text, file, {
                    isLastKept: true,
                })) {
                    contents.push([file, content]);
                    leaves.push(
                        ...leavesOf(content).map(([at, value]) => ({
                            file,
                            at,
                            text: value,
                            whole,
                        })),
                    );
                }
            }
            const search = { leaves, open, machine };
            const found = await (key === undefined ? guess(contents, search) : byKey(key, search));
            if (found.length > 0) return found;
            throw new Error(
                `no remote-write credential found in ${files.length} files with ${leaves.length} texts: name the variable with --key, such as a.b[0].c`,
            );
        },
    };
}

interface Leaf {
    readonly file: string;
    readonly at: string;
    /** As it stands there. Secret. */
    readonly text: string;
    /** Whether the whole file is encrypted. */
    readonly whole: boolean;
}

interface Search {
    readonly leaves: readonly Leaf[];
    readonly open: Open;
    readonly machine: Machine;
}

/** What Ansible reads of a directory: no hidden files, and no others than these. */
function listFiles(path: string, machine: Machine): string[] {
    const names = machine.list(path);
    if (names.length === 0) return [path];
    return names
        .filter((name) => !name.startsWith(".") && /^[^.~]+$|\.(?:ya?ml|json)$/.test(name))
        .flatMap((name) => listFiles(join(path, name), machine));
}

/** A list of hosts, or a program that prints one, stands beside the variables of an inventory. */
function isInventory(text: string): boolean {
    return /^#!|^\s*\[[^\]\n]+\]\s*$/m.test(text) && !/remote_?write/i.test(text);
}

async function byKey(key: string, search: Search): Promise<Candidate[]> {
    const named = search.leaves.filter(({ at }) => at === key);
    if (named.length === 0) throw new Error(`no text at ${key}: check --key, such as a.b[0].c`);
    return Promise.all(named.map((leaf) => judge(leaf, search)));
}

/** What is called after its receiver alone may be for reading or scraping. */
const MEANT = /remote[-_]?write|(?:^|[._])(?:rw|push|cortex|mimir)(?:[._[]|$)/i;
const UNSURE = "nothing says that it is for remote write";
const SHAPED = ["basic_auth", "authorization", "bearer_token", "oauth2", "sigv4"];

/**
 * Entries shaped like `remote_write`'s, and variables named like a credential for it that none of
 * them refers to.
 */
async function guess(
    contents: readonly (readonly [string, unknown])[],
    search: Search,
): Promise<Candidate[]> {
    const found: Candidate[] = [];
    const within = new Set<string>();
    for (const [file, content] of contents) {
        for (const [at, client] of clientsOf(content, "")) {
            within.add(`${file}: ${at}`);
            const judged = await judgeClient(client, at, file, search);
            found.push(...judged.map((one) => withDoubt(one, at)));
        }
    }
    const used = search.leaves.map(({ text }) => referenceIn(text));
    const named = search.leaves.filter(({ file, at }) => {
        const inside = [...within].some((one) => `${file}: ${at}`.startsWith(`${one}.`));
        return isLikelyName(at) && !/_file$/.test(at) && !inside && !used.includes(at);
    });
    for (const leaf of named) found.push(withDoubt(await judge(leaf, search), leaf.at));
    for (const leaf of search.leaves) found.push(...(await findWritten(leaf, search)));
    return found;
}

/**
 * `prometheus_remote_write` of the collection prometheus.prometheus, and whatever is shaped like
 * its entries.
 */
function clientsOf(content: unknown, at: string): [at: string, client: unknown][] {
    if (Array.isArray(content)) {
        return content.flatMap((one, index) => clientsOf(one, `${at}[${index}]`));
    }
    const isClient =
        typeof valueAt(content, "url") === "string" &&
        SHAPED.some((key) => valueAt(content, key) !== undefined);
    if (isClient) return [[at, content]];
    return entriesOf(content)
        .filter(([key]) => !/remote_?read|scrape|alert/i.test(key))
        .flatMap(([key, one]) => clientsOf(one, at === "" ? key : `${at}.${key}`));
}

function withDoubt(one: Candidate, at: string): Candidate {
    return MEANT.test(at) ? one : { ...one, doubt: one.doubt ?? UNSURE };
}

/** What is in a configuration that a role writes as it is: `alloy_config: |`. */
async function findWritten(leaf: Leaf, search: Search): Promise<Candidate[]> {
    const name = `${leaf.file}: ${leaf.at}`;
    const text =
        isVault(leaf.text) && /config/i.test(leaf.at)
            ? await search.open(leaf.text, name)
            : leaf.text;
    if (!text.includes("\n") || !/remote_?write/i.test(text)) return [];
    try {
        const site = { machine: refuseFiles(search.machine), directory: "/", advice: PLAIN };
        return findInText({ ...site, text, name, reading: readingOf(leaf) });
    } catch {
        return []; // a template, or the text of another program
    }
}

function readingOf({ file }: Leaf): Reading {
    return { file, source: "ansible" };
}

async function judgeClient(
    client: unknown,
    at: string,
    file: string,
    search: Search,
): Promise<Candidate[]> {
    const onHosts: Machine = {
        ...search.machine,
        readFile: () => {
            throw new Error("it is a file on the hosts: run the source prometheus there");
        },
    };
    const place = (path: string) => `${file}: ${at}.${path}`;
    const site = { machine: onHosts, directory: "/", place, advice: PLAIN };
    const settled: Candidate[] = [];
    for (const found of findInClient(client, site)) {
        const leaf = search.leaves.find((one) => `${one.file}: ${one.at}` === found.place);
        const name = /^(.*)\.password(?:_file)?$/.exec(found.place)?.[1];
        const user = search.leaves.find(
            (one) => `${one.file}: ${one.at}` === `${name ?? ""}.username`,
        );
        const held = leaf && !found.place.endsWith("_file") ? await hold(leaf, search) : {};
        const username = user ? (await hold(user, search)).value : found.username;
        settled.push({ ...found, value: found.value, username, ...held });
    }
    return settled;
}

async function judge(leaf: Leaf, search: Search): Promise<Candidate> {
    const name = leaf.at.replace(/^.*\./, "");
    const siblings = ["username", "user"].map((word) =>
        leaf.at.replace(/passw(?:or)?d|passphrase|pass|pwd/i, word),
    );
    const user = search.leaves.find(({ at }) => at !== leaf.at && siblings.includes(at));
    const username = user && (await hold(user, search)).value;
    const judged = judgeKey(name, username === undefined ? {} : { username });
    return { place: `${leaf.file}: ${leaf.at}`, ...judged, ...(await hold(leaf, search)) };
}

/** The variable a text is, when it is nothing else: `{{ vault_token }}`, `{{ vault.token }}`. */
function referenceIn(text: string): string | undefined {
    return /^\{\{-?\s*([A-Za-z_][\w.]*)\s*-?\}\}$/.exec(text.trim())?.[1];
}

/** `{{ vault_token | default('') }}`: the variable is known, what the filter makes of it is not. */
function filteredIn(text: string): string | undefined {
    return /^\{\{-?\s*([A-Za-z_][\w.]*)\s*\|/.exec(text.trim())?.[1];
}

const MOST_STEPS = 8; // variables that refer to variables

async function hold(leaf: Leaf, search: Search, steps = 0): Promise<Held> {
    if (isVault(leaf.text)) {
        const value = await search.open(leaf.text, `${leaf.file}: ${leaf.at}`);
        return { value, missing: undefined, plaintext: false, advice: SEALED };
    }
    const variable = referenceIn(leaf.text);
    const filtered = filteredIn(leaf.text);
    if (filtered !== undefined) {
        const missing = `it is the variable ${filtered} with a filter: give --key ${filtered}, or the file that it is rendered to`;
        return { value: undefined, missing, plaintext: false, advice: undefined };
    }
    if (variable === undefined) {
        const { value, missing } = valueOrMissing(leaf.text, readingOf(leaf));
        const plaintext = value !== undefined && !leaf.whole;
        return { value, missing, plaintext, advice: leaf.whole ? SEALED : PLAIN };
    }
    const [one, ...others] = search.leaves.filter(({ at }) => at === variable);
    if (one && others.length === 0 && steps < MOST_STEPS) return hold(one, search, steps + 1);
    const missing = one
        ? `it is the variable ${variable}, which is set more than once: give one file, or --key`
        : `it is the variable ${variable}: give the file that sets it as well`;
    return { value: undefined, missing, plaintext: false, advice: undefined };
}
