import * as z from "zod";

/** What a credential opens with us. */
export interface OpenRoute {
    /** Where accepted pushes go; the push's path is appended. */
    readonly upstream: string;
    /** The only paths it opens. */
    readonly paths: readonly string[];
}

/** One text or several. */
const texts = z
    .union([z.string().transform((one) => [one]), z.array(z.string())])
    .optional()
    .catch(undefined);

/**
 * Where a user's requests go, as far as it is read:
 * https://docs.victoriametrics.com/victoriametrics/vmauth/#routing (1.150)
 */
const routesSchema = z.object({
    url_prefix: texts,
    default_url: texts,
    url_map: z
        .array(z.object({ src_paths: texts, url_prefix: texts }))
        .default([])
        .catch([]),
});

/** vmauth reads `src_paths` as regular expressions, anchored at both ends. */
export function pathPattern(path: string): string {
    return path.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The paths a user opens, but for patterns of several. */
export function openPaths(route: unknown): readonly string[] {
    const { url_map = [] } = routesSchema.safeParse(route).data ?? {};
    const patterns = url_map.flatMap(({ src_paths = [] }) => src_paths);
    const plain = patterns.map((one) => one.replaceAll(/\\(.)/g, "$1"));
    return plain.filter((path, index) => pathPattern(path) === patterns[index]);
}

/** The routes of a user that are not ours, in the words of its `auth.yml`. */
export function endingRoutes(route: unknown, { paths, upstream }: OpenRoute): readonly string[] {
    const { url_map, url_prefix, default_url } = routesSchema.safeParse(route).data ?? {};
    const ours = show([upstream]);
    const open = paths.flatMap((path) => [path, pathPattern(path)]);
    const mapped = (url_map ?? []).flatMap(({ src_paths = ["every path"], url_prefix: to = [] }) =>
        src_paths
            .filter((one) => !open.includes(one) || show(to) !== ours)
            .map((one) => `${one} to ${show(to)}`),
    );
    const rest = [url_prefix, default_url].flatMap((to) => {
        if (to === undefined) return [];
        const what = show(to) === ours ? `every path but ${paths.join(", ")}` : "every path";
        return [`${what} to ${show(to)}`];
    });
    return [...mapped, ...rest];
}

/** Without what may be secret: a password, a query. */
function show(urls: readonly string[]): string {
    const shown = urls.map((url) => {
        if (!URL.canParse(url)) return "elsewhere";
        const { origin, pathname } = new URL(url);
        return origin + pathname.replace(/\/$/, "");
    });
    return shown.join(", ") || "nowhere";
}
