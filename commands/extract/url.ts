import type { Candidate } from "./place.ts";
import { type Reading, valueOrMissing } from "./standIn.ts";

type Held = Pick<Candidate, "kind" | "username" | "value" | "missing">;

const BROKEN =
    "its reader does not take this URL apart: write %2F for / in the password, %3F for ?, %23 for #, and %25 for %";

/**
 * The credential in a URL, as it is sent: `https://user:password@host/`. Undefined when there is
 * none.
 *
 * As Go's net/url has it (1.26, `parseAuthority`), which all senders are written in: what is before
 * the last `@` up to the first `/`, `?` or `#`; the username ends at its first colon; both are
 * percent-decoded, and what cannot be is refused.
 */
export function parseUrl(url: string, reading: Reading = {}): Held | undefined {
    // By hand, because a variable in it is no URL yet.
    const [, authority = ""] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(protect(url)) ?? [];
    const userInfo = restore(authority.slice(0, Math.max(0, authority.lastIndexOf("@"))));
    const [, user = "", password = ""] = /^([^:]*):(.*)$/s.exec(userInfo) ?? [];
    if (password === "") {
        const isCut = /^[a-z]+:\/\/[^:@/?#\s]+:(?![0-9]*[/?#])[^@\s]*[/?#][^@\s]*@/i.test(url);
        return isCut ? { kind: "basic auth", missing: BROKEN } : undefined;
    }
    const { missing } = valueOrMissing(password, reading);
    const username = valueOrMissing(user, reading).value;
    if (missing !== undefined) return { kind: "basic auth", username, missing };
    const value = decode(password);
    return value === undefined
        ? { kind: "basic auth", username, missing: BROKEN }
        : { kind: "basic auth", username: username && (decode(username) ?? username), value };
}

/** What stands in for a text may hold what ends an authority: `${RW:?set it}`, `{{ a/b }}`. */
const EXPRESSION = /\$\{[^}]*\}|\{\{.*?\}\}|<%.*?%>|\$\([^)]*\)|ref\+[a-z]+:\/\/[^@\s]*/gs;
const SHIFT = 0xe000; // a private area: no URL holds it

function protect(url: string): string {
    return url.replace(EXPRESSION, (text) =>
        text.replace(/[\x21-\x7e]/g, (one) => String.fromCharCode(one.charCodeAt(0) + SHIFT)),
    );
}

function restore(text: string): string {
    return text.replace(/[\ue021-\ue07e]/g, (one) =>
        String.fromCharCode(one.charCodeAt(0) - SHIFT),
    );
}

function decode(text: string): string | undefined {
    try {
        return decodeURIComponent(text);
    } catch {
        return undefined;
    }
}

/** Parameters that hold a credential: InfluxDB 1 has `u` and `p`. */
const PARAMETER =
    /^(?:p|pass|password|pwd|token|access_?token|auth_?token|api[-_]?key|key|secret|auth|jwt|bearer|license[-_]?key)$/i;

/** The parameter of a URL's query that holds a credential, and what it is. */
export function parseQuery(url: string, reading: Reading = {}): (Held & { name: string })[] {
    const [, query = ""] = /^[^?#]*\?([^#]*)/.exec(url) ?? [];
    const parameters = query
        .split("&")
        .map((part) => /^([^=]*)=(.*)$/s.exec(part))
        .filter((match) => match !== null)
        .map(([, name = "", text = ""]) => [name, text] as const);
    const user = parameters.find(([name]) => /^(?:u|user|username)$/i.test(name))?.[1];
    return parameters
        .filter(([name, text]) => PARAMETER.test(name) && text !== "")
        .map(([name, text]) => ({
            name,
            kind: "query parameter",
            username: user === undefined ? undefined : decode(user),
            ...valueOrMissing(decode(text.replaceAll("+", " ")) ?? text, reading),
        }));
}
