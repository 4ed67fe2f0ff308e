import { entriesOf, valueAt } from "../yaml.ts";
import { note } from "./notes.ts";
import type { Spot } from "./spot.ts";

/** Settings that say who pushes, as senders and operators spell them. */
const KNOWN = [
    "basic_auth",
    "basicAuth",
    "authorization",
    "bearer_token",
    "bearer_token_file",
    "bearerToken",
    "bearerTokenFile",
    "bearerTokenSecret",
    "oauth2",
    "sigv4",
    "azuread",
    "azureAd",
    "google_iam",
    "headers",
    "tls_config",
    "tlsConfig",
    "username",
    "password",
    "password_file",
    "credentials",
    "credentials_file",
];
/** Settings of an entry that are near to none of them. */
const OTHERS =
    /^(?:url|name|remote_?timeout|write_?relabel_?configs?|metadata_?config|queue_?config|proxy_?url|no_?proxy|follow_?redirects|enable_?http2|send_?\w+|protobuf_?message|round_?robin_?dns|message_?version|enabled?|type|user|token)$/i;

const IAM = "no credential is kept, so nothing can be rotated here";

/** Says why an entry of remote write has no credential. */
export function noteEntry(spot: Spot): void {
    const { value } = spot;
    if (entriesOf(value).length === 0) return;
    const typo = findTypo(value);
    if (typo !== undefined) {
        note(spot, "typo", `has ${typo[0]}, which looks like ${typo[1]}: correct it there`);
    } else if (holds(value, ["tls_config", "tlsConfig"], /^(?:cert|key)(?:_?file|Secret)?$/i)) {
        note(
            spot,
            "identity",
            "authenticates with a client certificate: it cannot be rotated here, renew it where it is issued",
        );
    } else if (valueAt(value, "sigv4") !== undefined) {
        note(spot, "identity", `signs with SigV4 and a role of AWS: ${IAM}`);
    } else if (has(value, ["azuread", "azureAd", "azure_ad"])) {
        note(spot, "identity", `has a managed identity of Azure: ${IAM}`);
    } else if (has(value, ["google_iam", "googleIam"])) {
        note(spot, "identity", `has a service account of Google: ${IAM}`);
    } else {
        const what = hasEmpty(value)
            ? "has authentication without a credential"
            : "has no authentication";
        note(
            spot,
            "none",
            `${what}: look for what adds it, such as a proxy on the way, or give the place where it is`,
        );
    }
}

function has(value: unknown, keys: readonly string[]): boolean {
    return keys.some((key) => valueAt(value, key) !== undefined);
}

function holds(value: unknown, keys: readonly string[], inner: RegExp): boolean {
    return keys.some((key) => entriesOf(valueAt(value, key)).some(([one]) => inner.test(one)));
}

function hasEmpty(value: unknown): boolean {
    return has(value, ["basic_auth", "basicAuth", "authorization", "oauth2"]);
}

/** A key near a known one, in an entry or in its basic authentication. */
function findTypo(value: unknown): readonly [string, string] | undefined {
    for (const [key, inner] of entriesOf(value)) {
        const near = OTHERS.test(key) ? undefined : nearest(key, KNOWN);
        if (near !== undefined) return [key, near];
        if (!/^basic_?auth|authorization$/i.test(key)) continue;
        for (const [setting] of entriesOf(inner)) {
            const known = /^(?:type|user)$/.test(setting) ? undefined : nearest(setting, KNOWN);
            if (known !== undefined) return [`${key}.${setting}`, known];
        }
    }
    return undefined;
}

const MOST_STEPS = 2; // letters changed: more is another word

/** The word a text was meant to be; undefined where it is that word, or no word is near. */
export function nearest(text: string, words: readonly string[]): string | undefined {
    if (text.length < 4 || text.length > 24 || words.includes(text)) return undefined;
    const steps = words.map((word): [number, string] => [distance(bare(text), bare(word)), word]);
    const [best] = steps.sort(([one], [other]) => one - other);
    return best !== undefined && best[0] <= Math.min(MOST_STEPS, text.length / 4)
        ? best[1]
        : undefined;
}

const bare = (text: string) => text.toLowerCase().replaceAll("-", "_");

/** Letters to change, add or leave out (Levenshtein). */
function distance(one: string, other: string): number {
    let row = Array.from({ length: other.length + 1 }, (_, index) => index);
    for (const [index, letter] of Array.from(one).entries()) {
        const next = [index + 1];
        for (let at = 0; at < other.length; at++) {
            const change = (row[at] ?? 0) + Number(other[at] !== letter);
            next.push(Math.min(change, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
        }
        row = next;
    }
    return row.at(-1) ?? 0;
}
