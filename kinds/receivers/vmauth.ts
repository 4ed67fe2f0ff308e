import { parse, stringify } from "yaml";
import * as z from "zod";
import type { Counters } from "../../proof/disuse.ts";
import { judge } from "../../proof/verdict.ts";
import { type Generation, valueAt } from "../../rotation/generation.ts";
import { pathsOf, type ReceiverSettings } from "../../settings/settings.ts";
import { closedPaths, httpUrl } from "../../settings/terms.ts";
import type { Entry, Files, ReceiverKind } from "../receiverKind.ts";
import { endingRoutes, openPaths, pathPattern } from "./vmauthRoutes.ts";

/** A vmauth that reads its `auth.yml` from a Secret. */
export interface VmauthSettings extends ReceiverSettings {
    /** Where vmauth passes pushes on to; the path of `url` is appended. */
    readonly upstream: string;
}

const FILE = "auth.yml";

/**
 * vmauth with `-auth.config` on `auth.yml` and `-configCheckInterval` (checked with 1.150,
 * https://docs.victoriametrics.com/victoriametrics/vmauth/).
 *
 * It has one user an accepted generation, named by its label: the name shows up as
 * `vmauth_user_requests_total{username="<label>"}`, which tells who still uses what. Users may
 * share a username (1.80 and later). vmauth keeps secrets in plain text, so `auth.yml` is one.
 */
export const vmauth: ReceiverKind<VmauthSettings> = {
    settings: z
        .strictObject({
            upstream: httpUrl.describe(
                "Where vmauth passes pushes on to; the path of `url` is appended.",
            ),
            closedPaths,
        })
        .describe("A vmauth that reads its `auth.yml` from the Secret."),
    example: { upstream: "http://vminsert:8480/insert/0/prometheus" },
    usernames: "shared",
    render: (settings, accepted) => {
        const { name, upstream, username } = settings;
        const valued = accepted.map((one) => ({ ...one, value: valueAt(one, name) }));
        const paths = pathsOf(settings);
        return { [FILE]: renderVmauth(valued, { upstream, paths, username }) };
    },
    parse: (files) => readUsers(files)?.map(entryOf),
    pathsIn: (files) => [...new Set((readUsers(files) ?? []).flatMap(openPaths))],
    narrowing: (settings, { route }) =>
        endingRoutes(route, { paths: pathsOf(settings), upstream: settings.upstream }),
    select: (files, chosen) => {
        const { users = [], ...rest } = contentOf(files) ?? {};
        const kept = chosen.flatMap(({ label }) => users.filter(({ name }) => name === label));
        return { ...files, [FILE]: write({ ...rest, users: kept }) };
    },
    verdict: judge, // with 400, which it answers to a wrong credential before 1.80
    countUse: (metrics): Counters => {
        const series = /^vmauth_user_requests_total\{username="([^"]+)"\} (\d+)$/gm;
        const loaded = /^vmauth_config_last_reload_success_timestamp_seconds (\S+)$/m;
        const counts = [...metrics.matchAll(series)];
        return {
            // It counts anew when it loads another configuration.
            loaded: loaded.exec(metrics)?.[1],
            requests: new Map(counts.map(([, label = "", count]) => [label, Number(count)])),
        };
    },
};

/** What a vmauth lets through. */
export interface VmauthRoute {
    /** Where accepted pushes go, such as `http://vminsert:8480`; the push's path is appended. */
    readonly upstream: string;
    /** The only paths the credential opens, such as `/api/v1/write`. */
    readonly paths: readonly string[];
    /** The username of all generations; none where the credential is a bearer token. */
    readonly username?: string | undefined;
}

/** The text of `auth.yml`, with users in the order given. Secret. */
export function renderVmauth(
    generations: readonly Generation[],
    { upstream, paths, username: shared }: VmauthRoute,
): string {
    const users = generations.map(({ label, value, username = shared }) => ({
        name: label,
        ...(username === undefined ? { bearer_token: value } : { username, password: value }),
        url_map: [{ src_paths: paths.map(pathPattern), url_prefix: upstream }],
    }));
    if (users.length === 0) throw new Error("a receiver must accept at least one generation");
    return write({ users });
}

function write(content: object): string {
    return stringify(content, { lineWidth: 0 });
}

type User = Readonly<Record<string, unknown>>;

interface Content {
    readonly users?: readonly User[];
}

/** Undefined where there is no `auth.yml`. */
function contentOf(files: Files): Content | undefined {
    const text = files[FILE];
    if (text === undefined) return undefined;
    try {
        const content: unknown = parse(text);
        if (isMapping(content) && Array.isArray(content["users"])) return content;
    } catch {
        // Not shown: it quotes the text.
    }
    throw new Error(`what its ${FILE} accepts cannot be read`);
}

function readUsers(files: Files): readonly User[] | undefined {
    const users = contentOf(files)?.users;
    if (users === undefined || users.every(isMapping)) return users;
    throw new Error(`what its ${FILE} accepts cannot be read`);
}

function isMapping(content: unknown): content is User {
    return typeof content === "object" && content !== null && !Array.isArray(content);
}

function entryOf(user: User): Entry {
    const { name, username, bearer_token, password, auth_token, ...route } = user;
    return {
        label: textOf(name),
        username: textOf(username),
        form: bearer_token !== undefined ? "bearer" : username !== undefined ? "basic" : "other",
        value: textOf(bearer_token ?? password ?? auth_token),
        route,
    };
}

function textOf(content: unknown): string | undefined {
    return typeof content === "string" ? content : undefined;
}
