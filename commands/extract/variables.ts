import { readFile } from "./client.ts";
import { Elsewhere } from "./elsewhere.ts";
import { type Candidate, type Form, type Machine, parseAuthorization } from "./place.ts";
import { type Reading, valueOrMissing } from "./standIn.ts";
import { parseUrl } from "./url.ts";
import { findInFlags, type Flags, readFlags } from "./vmagent.ts";

/** A variable where it is set. */
export interface Variable {
    readonly name: string;
    readonly value: string | Elsewhere;
    readonly place: string;
    readonly plaintext: boolean;
    readonly advice?: string;
    /** Why this value may not be what a sender gets. */
    readonly doubt?: string | undefined;
    /** What relative paths are relative to. */
    readonly directory: string;
    readonly reading?: Reading | undefined;
}

/** What a variable that holds a credential of remote write is called after. */
const PURPOSE =
    /remote[-_]?write|(?:^|[-_./])rw(?:[-_.:/]|$)|prometheus|(?:^|[-_./])prom(?:[-_./]|$)|mimir|cortex|vmagent|grafana_?cloud|gcloud_(?:rw|hosted|prom|metrics)|hosted_?metrics/i;
const SECRET = /pass|pwd|token|secret|credential|api_?key|bearer|basic_?auth/i;
/** What such a variable is not for: reading, scraping, other signals, the receiver's own. */
const OTHER =
    /remote_?read|scrape|(?:^|_)admin(?:_|$)|hash|bcrypt|alertmanager|(?:^|_)(?:loki|logs|tempo|traces|otlp|pyroscope|profiles|tls|web)(?:_|$)|postgres|mysql|database|(?:^|_)db_/i;

/** Whether a name says that it is for remote write, and secret. */
export function isLikelyName(name: string): boolean {
    return isForRemoteWrite(name) && SECRET.test(name);
}

/** Whether a name says that what it names is for remote write. */
export function isForRemoteWrite(name: string): boolean {
    return !OTHER.test(name) && PURPOSE.test(name);
}

function isLikely({ name, value }: Variable): boolean {
    if (value === "" || OTHER.test(name) || !PURPOSE.test(name)) return false;
    return SECRET.test(name) || (typeof value === "string" && parseUrl(value) !== undefined);
}

/** The credentials in variables: those that are named, or that look like it. */
export function findInVariables(
    variables: readonly Variable[],
    names: readonly string[],
    machine: Machine,
): Candidate[] {
    const flags = variables.filter(({ name }) => flagOf(name) !== undefined);
    const isWanted = (variable: Variable) =>
        names.length > 0 ? names.includes(variable.name) : isLikely(variable);
    const named = variables
        .filter((one) => isWanted(one) && flagOf(one.name)?.flag === undefined)
        .map((variable) => judge(variable, variables, machine));
    return [
        ...named,
        ...findInFlagVariables(flags, machine).filter((one) => {
            return names.length === 0 || names.some((name) => one.place.includes(name));
        }),
    ];
}

/** vmagent reads `VM_remoteWrite_basicAuth_password` with `-envflag.enable -envflag.prefix=VM_`. */
function flagOf(name: string): { prefix: string; flag: string } | undefined {
    const [, prefix = "", flag] = /^(.*?)remoteWrite_(\w+)$/.exec(name) ?? [];
    return flag === undefined ? undefined : { prefix, flag: flag.replaceAll("_", ".") };
}

function findInFlagVariables(variables: readonly Variable[], machine: Machine): Candidate[] {
    const prefixes = new Set(variables.map(({ name }) => flagOf(name)?.prefix));
    return [...prefixes].flatMap((prefix) => {
        const own = variables.filter(({ name }) => flagOf(name)?.prefix === prefix);
        const known = new Map<string, Variable>(
            own.map((one) => [flagOf(one.name)?.flag ?? "", one]),
        );
        const flags: Flags = readFlags(
            own.map((one) => [
                flagOf(one.name)?.flag ?? "",
                typeof one.value === "string" ? one.value : `\${${one.name}}`,
            ]),
        );
        const [first] = own;
        const site = {
            machine,
            directory: first?.directory ?? ".",
            advice: first?.advice ?? "",
            reading: first?.reading,
            place: (flag: string) => {
                const [, name = "", index = ""] = /^(.*?)(\[[0-9]+\])?$/.exec(flag) ?? [];
                return `${known.get(name)?.place ?? name}${index}`;
            },
        };
        const lookup = (name: string) => own.find((one) => one.name === name)?.value;
        return findInFlags(flags, site, lookup).map((one) => {
            const { plaintext = true, doubt } = own.find(({ place }) => place === one.place) ?? {};
            return { ...one, plaintext: one.plaintext && plaintext, doubt: one.doubt ?? doubt };
        });
    });
}

function judge(variable: Variable, all: readonly Variable[], machine: Machine): Candidate {
    const { name, place, plaintext, advice, value, reading, doubt } = variable;
    const [, stem = name, isFile] = /^(.*?)(_(?:FILE|PATH))?$/i.exec(name) ?? [];
    const username = usernameFor(stem, all);
    const kind = kindOf(stem, username);
    const judged = { place, kind, username: kind === "basic auth" ? username : undefined };
    if (value instanceof Elsewhere) {
        return { ...judged, missing: value.missing, plaintext: false };
    }
    if (isFile !== undefined) {
        return { ...judged, ...readFile(value, { ...variable, machine }) };
    }
    const inUrl = parseUrl(value, reading);
    const held = inUrl ?? valueOrMissing(value, reading);
    const inline = {
        ...judged,
        plaintext: plaintext && held.missing === undefined,
        ...(advice === undefined ? {} : { advice }),
        ...(doubt === undefined ? {} : { doubt }),
    };
    if (held.missing === undefined && /^(?:basic|bearer)\s/i.test(value)) {
        return { ...inline, ...held, ...parseAuthorization(value) };
    }
    return { ...inline, ...held, ...parsePair(stem, held.value) };
}

/** `shop:password`, in a variable that is called after both. */
function parsePair(name: string, value: string | undefined): Partial<Candidate> {
    const [, username, password] = /^([^:\s]+):(.+)$/s.exec(value ?? "") ?? [];
    if (password === undefined || !/basic_?auth$|user_?pass$|credentials?$/i.test(name)) return {};
    return { kind: "basic auth", username, value: password };
}

/** What a credential is, by the name of what holds it. */
export function kindOf(name: string, username: string | undefined): Form {
    if (/secret_?access_?key/i.test(name)) return "SigV4 secret key";
    if (/client_?secret/i.test(name)) return "OAuth2 client secret";
    if (/pass|pwd|basic_?auth/i.test(name) || username !== undefined) return "basic auth";
    // Grafana Cloud takes its keys as the password of an instance number, never as a bearer token.
    return /grafana_?cloud|gcloud|hosted_?metrics/i.test(name) ? "basic auth" : "bearer token";
}

const CREDENTIAL_WORD =
    /basic_?auth_?(?:password)?|passw(?:or)?d|passphrase|pass|pwd|(?:api_?|auth_?|access_?|bearer_?)?token|api_?key|secret|credentials?|key/i;

/**
 * The variable of the same name but for its last word: `RW_USERNAME` or `RW_USER` beside
 * `RW_PASSWORD`; of Grafana Cloud, the instance number, whatever it is called.
 */
function usernameFor(name: string, all: readonly Variable[]): string | undefined {
    const words = ["username", "user", "login", "user_id", "userid", "instance_id", "id"];
    const names = words.map((word) => name.replace(CREDENTIAL_WORD, word).toLowerCase());
    const plain = (one: Variable | undefined) => {
        const value = typeof one?.value === "string" ? one.value : "";
        return valueOrMissing(value, one?.reading).value || undefined;
    };
    const find = (wanted: string) =>
        all.find((one) => one.name.toLowerCase() === wanted && one.name !== name);
    const passwords = ["password", "pass", "passwd", "pwd"].map((word) =>
        find(name.replace(CREDENTIAL_WORD, word).toLowerCase()),
    );
    const isToken = /token|key/i.test(name);
    // The username is that of the password beside it, not of a token.
    if (isToken && passwords.some((one) => one !== undefined)) return undefined;
    const own = names.map(find);
    const [first] = own.filter((one) => one !== undefined);
    if (first !== undefined) return plain(first);
    if (!/grafana|gcloud|hosted_?metrics|prom/i.test(name) || !isToken) return undefined;
    const numbers = all.filter(
        (one) =>
            typeof one.value === "string" &&
            /^[0-9]{3,9}$/.test(one.value) &&
            /(?:metrics|prom(?:etheus)?|mimir|gcloud|grafana\w*)_?(?:instance)?_?(?:id|user(?:name)?|user_?id)$/i.test(
                one.name,
            ) &&
            !OTHER.test(one.name),
    );
    return numbers.length === 1 ? plain(numbers[0]) : undefined;
}
