import { parse, stringify } from "yaml";
import * as z from "zod";
import { judgeUnauthorized } from "../../proof/verdict.ts";
import type { ReceiverSettings } from "../../settings/settings.ts";
import { bcryptAt } from "../hash.ts";
import type { Entry, Files, ReceiverKind } from "../receiverKind.ts";

/** A Prometheus with `--web.enable-remote-write-receiver` and `--web.config.file`. */
export interface PrometheusReceiverSettings extends ReceiverSettings {
    /** Where it finds its own certificate and key; none where it speaks plain http. */
    readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
}

const FILE = "web.yml";

/**
 * A Prometheus that takes pushes, by its `web.yml`, which it reads at each request
 * (https://prometheus.io/docs/prometheus/latest/configuration/https/, checked with 3.14).
 *
 * A username a generation, as its users are a mapping, and bcrypt, as it knows no other hash. A
 * file without users lets in everybody, so none is written. It counts nobody by username, and lets
 * whoever may push read, too: disuse cannot be proven here, and a path cannot be closed.
 */
export const prometheus: ReceiverKind<PrometheusReceiverSettings> = {
    settings: z
        .strictObject({
            tls: z
                .strictObject({
                    certFile: z.string().min(1).describe("The path of the certificate in its pod."),
                    keyFile: z.string().min(1).describe("The path of the key, likewise."),
                })
                .optional()
                .describe("What it shows to whoever comes by https. Plain http when left out."),
        })
        .describe(
            "A Prometheus that takes pushes, with `--web.config.file` on `web.yml` of the Secret: " +
                "[Receivers](receivers.md#prometheus) tells what that closes.",
        ),
    example: { tls: { certFile: "/etc/tls/tls.crt", keyFile: "/etc/tls/tls.key" } },
    usernames: "generation",
    render: ({ name, tls }, accepted) => {
        if (accepted.length === 0) throw new Error("web.yml needs at least one generation");
        const users = accepted.map(
            (one) => [one.username ?? one.label, bcryptAt(one, name)] as const,
        );
        return { [FILE]: write(tls && { cert_file: tls.certFile, key_file: tls.keyFile }, users) };
    },
    parse: (files) => contentOf(files)?.users.map(entryOf),
    select: (files, chosen) => {
        const { tls, users = [] } = contentOf(files) ?? {};
        const kept = chosen.flatMap(({ username }) => users.filter(([name]) => name === username));
        return { ...files, [FILE]: write(tls, kept) };
    },
    verdict: judgeUnauthorized,
};

type User = readonly [username: string, hash: string];

/** A pair after the other, as a mapping has numbers first. */
function write(tls: unknown, users: readonly User[]): string {
    const settings = tls === undefined ? {} : { tls_server_config: tls };
    return stringify({ ...settings, basic_auth_users: new Map(users) }, { lineWidth: 0 });
}

const contentSchema = z.object({
    tls_server_config: z.unknown().optional(),
    basic_auth_users: z
        .map(z.string(), z.string())
        .nullish()
        .transform((users) => [...(users ?? [])]),
});

/** Undefined where there is no such file. */
function contentOf(
    files: Files,
): { readonly tls: unknown; readonly users: readonly User[] } | undefined {
    const text = files[FILE];
    if (text === undefined) return undefined;
    try {
        const content: unknown = parse(text, { mapAsMap: true, intAsBigInt: true });
        if (content instanceof Map) {
            const { tls_server_config: tls, basic_auth_users: users } = contentSchema.parse(
                Object.fromEntries(content),
            );
            return { tls, users };
        }
    } catch {
        // Not shown: it quotes the text.
    }
    throw new Error(`what its ${FILE} accepts cannot be read`);
}

function entryOf([username, hash]: User): Entry {
    return { label: undefined, username, form: "basic", value: undefined, hash, route: undefined };
}
