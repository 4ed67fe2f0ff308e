import * as z from "zod";
import { judgeUnauthorized } from "../../proof/verdict.ts";
import { valueAt } from "../../rotation/generation.ts";
import type { ReceiverSettings } from "../../settings/settings.ts";
import { bcryptAt, shaOf } from "../hash.ts";
import type { Entry, Files, ReceiverKind } from "../receiverKind.ts";

/** Whatever reads htpasswd lines from a key of a Secret. */
export interface HtpasswdSettings extends ReceiverSettings {
    /** The key. */
    readonly key: string;
    readonly hash: "sha" | "bcrypt";
}

const settings = z
    .strictObject({
        key: z
            .string()
            .regex(/^[-._a-zA-Z0-9]+$/, "must be a key of a Secret: letters, digits and -._")
            .default("auth")
            .describe(
                "The key of the Secret: `auth` for ingress-nginx, `.htpasswd` for the gateways of Mimir and Loki " +
                    "and for Envoy Gateway, any for Traefik.",
            ),
        hash: z
            .enum(["sha", "bcrypt"])
            .default("sha")
            .describe(
                "`sha` is read by all, and as safe as any other hash of 285 random bits. nginx computes `bcrypt` " +
                    "anew for each push, which takes it 50 to 100 ms.",
            ),
    })
    .describe(
        "Whatever reads htpasswd lines: nginx, ingress-nginx, Traefik, Envoy Gateway, Caddy, Apache, " +
            "the gateways of Mimir and Loki. [Receivers](receivers.md#htpasswd) tells what it costs.",
    );

/**
 * htpasswd lines, a username a generation, as every reader takes one password a username alone:
 * nginx the first of two, Traefik the last, and Envoy refuses both.
 *
 * No reader counts by username, so disuse cannot be proven here.
 */
export const htpasswd: ReceiverKind<HtpasswdSettings> = {
    settings,
    example: settings.parse({}),
    usernames: "generation",
    render: ({ name, key, hash }, accepted) => {
        if (accepted.length === 0) throw new Error(`${key} must let in at least one generation`);
        const lines = accepted.map((one) => {
            const hashed = hash === "sha" ? shaOf(valueAt(one, name)) : bcryptAt(one, name);
            return `${one.username ?? one.label}:${hashed}`;
        });
        return { [key]: write(lines) };
    },
    parse: (files) => {
        const lines = Object.keys(files).flatMap((key) => linesIn(files, key));
        return lines.length === 0 ? undefined : lines.map(entryOf);
    },
    select: (files, chosen) => {
        const selected = Object.keys(files).map((key) => {
            const lines = linesIn(files, key);
            const kept = chosen.flatMap(({ username }) =>
                lines.filter((line) => entryOf(line).username === username),
            );
            return [key, lines.length === 0 ? (files[key] ?? "") : write(kept)] as const;
        });
        return Object.fromEntries(selected);
    },
    verdict: judgeUnauthorized,
};

function write(lines: readonly string[]): string {
    return lines.map((line) => `${line}\n`).join("");
}

/** The forms of hashes there are; without one a text with a colon is anything. */
const LINE = /^[^:]+:(\{S?SHA\}|\{PLAIN\}|\$(apr1|1|2[abxy]|5|6)\$)/;

/** The lines of a file; none where it is no htpasswd file. */
function linesIn(files: Files, key: string): readonly string[] {
    const lines = (files[key] ?? "").split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line));
    return lines.every((line) => LINE.test(line)) ? lines : [];
}

function entryOf(line: string): Entry {
    const [, username, hash] = /^([^:]+):([^:]*)/.exec(line) ?? [];
    return { label: undefined, username, form: "basic", value: undefined, hash, route: undefined };
}
