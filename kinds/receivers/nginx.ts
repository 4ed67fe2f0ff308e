import * as z from "zod";
import type { Counters } from "../../proof/disuse.ts";
import { judgeUnauthorized } from "../../proof/verdict.ts";
import { isLabel, valueAt } from "../../rotation/generation.ts";
import { pathsOf, type ReceiverSettings } from "../../settings/settings.ts";
import { closedPaths } from "../../settings/terms.ts";
import type { Entry, Files, ReceiverKind } from "../receiverKind.ts";

/** An nginx that includes the file of a Secret in its `http` block. */
export interface NginxSettings extends ReceiverSettings {
    /** The variable that holds the label of who pushes, and nothing for whoever is not let in. */
    readonly variable: string;
}

const FILE = "write-credential.conf";

/** The names of the files that count pushes begin so, and end with a label. */
const COUNTED = "generation-";

/**
 * nginx with a `map` of the `Authorization` header (checked with 1.22.1,
 * https://nginx.org/en/docs/http/ngx_http_map_module.html): `docs/receivers.md` has the rest of its
 * configuration.
 *
 * The map has a pattern an accepted generation, which gives its label. Patterns, because a plain
 * text is compared without regard to case, and because one as long as ours needs another
 * `map_hash_bucket_size` than nginx has by default. All generations may share a username, as the
 * whole header is compared.
 */
export const nginx: ReceiverKind<NginxSettings> = {
    settings: z
        .strictObject({
            variable: z
                .string()
                .regex(/^[a-z][a-z0-9_]*$/, "must be lower-case letters, digits and underscores")
                .default("write_generation")
                .describe(
                    "The nginx variable that gets the label of who pushes, without its `$`: another " +
                        "one for each receiver that one nginx has.",
                ),
            closedPaths,
        })
        .describe(
            "An nginx that includes `write-credential.conf` of the Secret, and is reloaded when it " +
                "changes: [Receivers](receivers.md#nginx) has what else it needs.",
        ),
    example: { variable: "write_generation" },
    usernames: "shared",
    render: (settings, accepted) => {
        const { name, username: shared, variable } = settings;
        if (accepted.length === 0) throw new Error("nginx must accept at least one generation");
        const paths = pathsOf(settings);
        const rules = accepted.map((one) => {
            const { label, username = shared } = one;
            return ruleOf({ paths, label, header: headerOf(valueAt(one, name), username) });
        });
        return { [FILE]: write(variable, rules) };
    },
    pathsIn: (files) => [...new Set((contentOf(files)?.rules ?? []).flatMap(({ paths }) => paths))],
    parse: (files) => contentOf(files)?.rules.map(({ entry }) => entry),
    select: (files, chosen) => {
        const { variable, rules } = contentOf(files) ?? { variable: "", rules: [] };
        const kept = chosen.flatMap(({ label }) =>
            rules.filter(({ entry }) => entry.label === label).map(({ text }) => text),
        );
        return { ...files, [FILE]: write(variable, kept) };
    },
    verdict: judgeUnauthorized,
    countUse,
};

/** What a header holds, as a pattern has it. Secret. */
interface Header {
    readonly scheme: "Basic" | "Bearer";
    readonly credentials: string;
}

function headerOf(value: string, username: string | undefined): Header {
    if (username === undefined) return { scheme: "Bearer", credentials: value };
    const credentials = Buffer.from(`${username}:${value}`).toString("base64");
    return { scheme: "Basic", credentials };
}

interface Rule {
    /** As in URLs. */
    readonly paths: readonly string[];
    readonly header: Header;
    readonly label: string;
}

/** A line of the map. The scheme may be in any case (RFC 9110, section 11.1). */
function ruleOf({ paths, header: { scheme, credentials }, label }: Rule): string {
    // In $uri they are decoded.
    const patterns = paths.map((path) => patternOf(decodeURIComponent(path)));
    const one = patterns.length === 1 ? patterns.join("") : `(?:${patterns.join("|")})`;
    return `"~^${one} (?i:${scheme}) ${patternOf(credentials)}$" "${label}";`;
}

const RULE = /^"~\^(\S+) \(\?i:(Basic|Bearer)\) (\S*)\$" "([^"]+)";$/;

function write(variable: string, rules: readonly string[]): string {
    const lines = ['default "";', ...rules].map((rule) => `    ${rule}\n`);
    return `map "$uri $http_authorization" $${variable} {\n${lines.join("")}}\n`;
}

/**
 * Bytes that mean something to a pattern, or to nginx between quotes, by their number. Both leave
 * letters, digits and these as they are, and nginx leaves `\x` to the pattern.
 */
function patternOf(text: string): string {
    const bytes = Array.from(Buffer.from(text), (byte) => {
        const character = String.fromCharCode(byte);
        if (/[A-Za-z0-9/_=-]/.test(character)) return character;
        return `\\x${byte.toString(16).padStart(2, "0")}`;
    });
    return bytes.join("");
}

function textOf(pattern: string): string {
    const bytes = pattern.matchAll(/\\x([0-9a-f]{2})|(.)/gs);
    return Buffer.concat(
        Array.from(bytes, ([, code, character]) =>
            code === undefined ? Buffer.from(character ?? "") : Buffer.from(code, "hex"),
        ),
    ).toString();
}

interface Content {
    readonly variable: string;
    readonly rules: readonly {
        readonly text: string;
        readonly entry: Entry;
        readonly paths: readonly string[];
    }[];
}

/** Undefined where there is no such file. */
function contentOf(files: Files): Content | undefined {
    const text = files[FILE];
    if (text === undefined) return undefined;
    const [, variable = "", body] =
        /^map "\$uri \$http_authorization" \$(\w+) \{\n(.*)\}\n$/s.exec(text) ?? [];
    const lines = body?.split("\n").map((line) => line.trim()) ?? [];
    const rules = lines.filter((line) => line !== "" && line !== 'default "";');
    if (body === undefined) throw new Error(`what its ${FILE} accepts cannot be read`);
    return {
        variable,
        rules: rules.map((text) => {
            const paths = pathsIn(text);
            return { text, paths, entry: entryOf(text, { paths, variable }) };
        }),
    };
}

function pathsIn(rule: string): readonly string[] {
    const [, pattern = ""] = RULE.exec(rule) ?? [];
    const [, several = pattern] = /^\(\?:(.*)\)$/.exec(pattern) ?? [];
    return several.split("|").map((one) => {
        const url = new URL("http://any");
        url.pathname = textOf(one);
        return url.pathname;
    });
}

function entryOf(rule: string, route: object): Entry {
    const [, , scheme, credentials, label] = RULE.exec(rule) ?? [];
    if (credentials === undefined || label === undefined) {
        throw new Error(`what its ${FILE} accepts cannot be read`);
    }
    const shown = textOf(credentials);
    if (scheme === "Bearer") {
        return { label, username: undefined, form: "bearer", value: shown, route };
    }
    const [, username, value] =
        /^([^:]*):(.*)$/s.exec(Buffer.from(shown, "base64").toString()) ?? [];
    return { label, username, form: "basic", value, route };
}

const listing = z.array(z.object({ name: z.string(), size: z.number() }));

/**
 * What `autoindex_format json` lists: a file a generation, to which each push adds a byte, and none
 * for a generation that was not used since the directory is there.
 */
function countUse(text: string): Counters {
    let listed: unknown;
    try {
        listed = JSON.parse(text);
    } catch {
        // Told below: it is another page.
    }
    const { data } = listing.safeParse(listed);
    if (!data) throw new Error("is no listing of files that count pushes");
    const counted = data.flatMap(({ name, size }) => {
        const label = name.startsWith(COUNTED) ? name.slice(COUNTED.length) : "";
        return isLabel(label) ? [[label, size] as const] : [];
    });
    return { loaded: undefined, requests: new Map(counted), counts: "once used" };
}
