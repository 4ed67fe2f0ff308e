import { BEARER_TOKEN } from "../../settings/terms.ts";
import { holdsSecret, toPrintable } from "./suspicion.ts";

/** The form a credential is sent in. */
export type Form =
    | "basic auth"
    | "bearer token"
    | "OAuth2 client secret"
    | "SigV4 secret key"
    | "custom header"
    | "query parameter";

/** A remote-write credential where it sits today. */
export interface Candidate {
    /**
     * The file and the path in it, or the variable: `prometheus.yml:
     * remote_write[1].basic_auth.password`. Never secret.
     */
    readonly place: string;
    readonly kind: Form;
    /**
     * The name that goes with it, where it is known: username, OAuth2 client id, AWS access key id.
     * Never secret.
     */
    readonly username?: string | undefined;
    /**
     * The credential, as it is sent. Secret. Left out where the place only refers to it: then
     * `missing` is given.
     */
    readonly value?: string | undefined;
    /**
     * Why there is no value here, and what to do: `it is ${TOKEN}, which ... expands: ...`. Never
     * secret.
     */
    readonly missing?: string | undefined;
    /**
     * Why it may not be the credential, or not this value: then nobody but the user chooses it.
     * Never secret.
     */
    readonly doubt?: string | undefined;
    /** Whole days since it was last written, where that is known. */
    readonly age?: number | undefined;
    /** Whether anybody who reads the place, a copy or a backup of it has the credential. */
    readonly plaintext: boolean;
    /** What to do about the place, once it is adopted: one sentence. Never secret. */
    readonly advice?: string | undefined;
}

/** A file as it was read. */
export interface SourceFile {
    /** Secret, as a rule. */
    readonly text: string;
    /** When it was last written, where that is known. */
    readonly modified?: Date | undefined;
    /** Whether users other than its owner and group can read it. */
    readonly exposed: boolean;
}

/** What sources see of the machine; tests give another. */
export interface Machine {
    /** Reads UTF-8. Throws a one-line error that names the path and what to do. */
    readFile(path: string): SourceFile;
    /** The names in a directory, sorted; empty when there is none. */
    list(directory: string): readonly string[];
    /** What is at a path, links not followed, and its bytes; undefined when there is nothing. */
    look(
        path: string,
    ): { readonly kind: "file" | "directory" | "other"; readonly size: number } | undefined;
    /** Tells the user something beside what is found: no secret. */
    tell(line: string): void;
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly now: Date;
}

/** A kind of place where credentials are looked for: one subcommand of `npm run extract`. */
export interface Source {
    /** The subcommand. */
    readonly name: string;
    /** One sentence. */
    readonly description: string;
    /**
     * What follows the name: as commander writes it, such as `<file>` or `[names...]`, and what it
     * is.
     */
    readonly argument: readonly [flags: string, description: string];
    /**
     * Options of its own, such as `--unit <file>`, and what they are. An option name is given in
     * camelCase.
     */
    readonly options: readonly (readonly [flags: string, description: string])[];
    /**
     * Finds every credential there. Throws a one-line error, without secrets, when the place cannot
     * be read. Where nothing is found, it may say why in the same way.
     */
    find(
        args: readonly string[],
        options: Readonly<Record<string, string | undefined>>,
        machine: Machine,
    ): readonly Candidate[] | Promise<readonly Candidate[]>;
}

/** What may be said of a find, to people and machines: everything but the value. */
export interface Description {
    /** From 1: what `--choose` takes. */
    readonly number: number;
    readonly place: string;
    readonly kind: Form;
    readonly username?: string;
    /** Characters. */
    readonly length?: number;
    /** At best; see {@link estimateBits}. */
    readonly bits?: number;
    readonly ageDays?: number;
    readonly plaintext: boolean;
    readonly advice?: string;
    /** Why it is not chosen by itself. */
    readonly doubt?: string;
    /** Why it cannot be adopted. */
    readonly refused?: string;
}

const WEAK_BITS = 80; // what can be tried offline within years, at the price of a large cluster
const MS_PER_DAY = 24 * 60 * 60 * 1000;

/** Everything that may be said of a find. */
export function describe(found: Candidate, number: number): Description {
    const { value, age, username, advice } = found;
    const doubt = doubtOf(found);
    const refused = refusal(found);
    return {
        number,
        place: found.place,
        kind: found.kind,
        ...(username === undefined || !isShown(username, value) ? {} : { username }),
        ...(value === undefined
            ? {}
            : { length: Array.from(value).length, bits: estimateBits(value) }),
        ...(age === undefined ? {} : { ageDays: age }),
        plaintext: found.plaintext,
        ...(advice === undefined ? {} : { advice }),
        ...(doubt === undefined ? {} : { doubt }),
        ...(refused === undefined ? {} : { refused }),
    };
}

/**
 * A username that is the password, or holds it, would give it away; one that looks like a token may
 * be one in the wrong place.
 */
function isShown(username: string, value: string | undefined): boolean {
    return !username.includes(value || "\n") && !holdsSecret(username);
}

/** The same for people: some lines without an end. */
export function render(description: Description): string {
    const { number, place, kind, username, length, bits, ageDays } = description;
    const facts = [
        kind,
        username === undefined ? undefined : `username ${username}`,
        length === undefined ? undefined : `${length} characters`,
        bits === undefined
            ? undefined
            : `about ${bits} bits at best${bits < WEAK_BITS ? " (weak)" : ""}`,
        ageDays === undefined ? undefined : `written ${ageDays} days ago`,
    ];
    return [
        `${String(number).padStart(3)}  ${place}`,
        `     ${facts.filter((fact) => fact !== undefined).join(", ")}`,
        ...(description.plaintext ? ["     warning: it stands there in plain text"] : []),
        ...(description.advice === undefined ? [] : [`     advice: ${description.advice}`]),
        ...(description.doubt === undefined ? [] : [`     in doubt: ${description.doubt}`]),
        ...(description.refused === undefined
            ? []
            : [`     cannot be adopted: ${description.refused}`]),
    ]
        .map(toPrintable)
        .join("\n");
}

/** Why this program cannot adopt a find, and what to do; undefined when it can. */
export function refusal(found: Candidate): string | undefined {
    return kindRefusal(found) ?? found.missing ?? valueRefusal(found);
}

/** Why no credential of this kind can be adopted. */
export function kindRefusal({ kind }: Candidate): string | undefined {
    switch (kind) {
        case "OAuth2 client secret":
            return "an OAuth2 client secret is exchanged for tokens at its identity provider: rotate it there";
        case "SigV4 secret key":
            return "a SigV4 key belongs to AWS IAM, and signs each request: rotate it there, or use a role";
        case "custom header":
            return "receivers of this program take a bearer token or basic auth, no header of your own";
        case "query parameter":
            return "receivers of this program take a bearer token or basic auth, nothing from a URL's query";
        default:
            return undefined;
    }
}

/** Why a candidate may not be what senders push with; undefined where nothing says so. */
export function doubtOf({ doubt, value }: Candidate): string | undefined {
    if (doubt !== undefined || value === undefined) return doubt;
    if (/[^\P{Z} ]/u.test(value)) return "it holds a space that is none of a keyboard's";
    if (/^(["']).+\1$/s.test(value)) return "it stands in quotes, which are sent as a part of it";
    return EXAMPLE.test(value) ? "examples have this word in a credential's place" : undefined;
}

const EXAMPLE =
    /^(?:my|super)?[-_]?(?:password|passwd|secret|token|api[-_]?key|credentials?|example|foo|bar|foobar)$/i;

function valueRefusal({ kind, username, value }: Candidate): string | undefined {
    if (value === undefined || value === "") return "it is empty: look where it is really kept";
    if (/[\r\n]/.test(value)) return "it holds a line break: remove that where it is kept";
    if (/\p{C}/u.test(value)) {
        return "it holds characters that do not print: remove them where it is kept";
    }
    if (kind === "bearer token") {
        return BEARER_TOKEN.test(value)
            ? undefined
            : "no bearer token looks like this (letters, digits and -._~+/ with = at the end): " +
                  "give --username if it is a password";
    }
    if (username === undefined || username === "") {
        return "the username that belongs to it is not there: give it with --username";
    }
    if (/[:\p{C}]/u.test(username)) return "its username holds a colon or does not print";
    if (username.includes(value)) return "its username holds it, and would be kept in plain text";
    return undefined;
}

/**
 * The bits an attacker has to guess if the value was drawn at random: for each character, log2 of
 * the alphabet it seems to be drawn from (the classes of characters present; 16 when all are hex
 * digits); one that repeats or continues the one before (`aa`, `12`, `cb`) counts one bit. Words,
 * names and dates are not recognised, so a chosen password is weaker.
 */
export function estimateBits(value: string): number {
    const characters = Array.from(value, (character) => character.codePointAt(0) ?? 0);
    const perCharacter = Math.log2(alphabetOf(value));
    const bits = characters.map((code, index) => {
        const former = characters[index - 1];
        return former !== undefined && Math.abs(code - former) <= 1 ? 1 : perCharacter;
    });
    return Math.floor(bits.reduce((sum, one) => sum + one, 0));
}

function alphabetOf(value: string): number {
    if (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(value) && /\D/.test(value)) return 16;
    const classes: readonly (readonly [RegExp, number])[] = [
        [/[0-9]/, 10],
        [/[a-z]/, 26],
        [/[A-Z]/, 26],
        [/[^0-9A-Za-z]/u, 33], // what else a keyboard has
    ];
    const sizes = classes.filter(([pattern]) => pattern.test(value)).map(([, size]) => size);
    return sizes.reduce((sum, size) => sum + size, 0) || 1;
}

/** Whole days between two moments, 0 at least. */
export function daysSince(modified: Date, now: Date): number {
    return Math.max(0, Math.floor((now.getTime() - modified.getTime()) / MS_PER_DAY));
}

/**
 * An `Authorization` header taken apart: `Bearer <token>`, `Basic <base64 of user:password>`, or
 * something else.
 */
export function parseAuthorization(header: string): Pick<Candidate, "kind" | "username" | "value"> {
    const [, scheme = "", rest = ""] = /^\s*(\S+)\s+(.+?)\s*$/s.exec(header) ?? [];
    if (scheme.toLowerCase() === "bearer") return { kind: "bearer token", value: rest };
    if (scheme.toLowerCase() !== "basic") return { kind: "custom header", value: header };
    const [, username, value] =
        /^([^:]*):(.*)$/s.exec(Buffer.from(rest, "base64").toString("utf8")) ?? [];
    return value === undefined
        ? { kind: "custom header", value: header }
        : { kind: "basic auth", username, value };
}
