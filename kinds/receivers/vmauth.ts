import { stringify } from "yaml";
import type { Generation } from "../../rotation/generation.ts";

/** What a vmauth receiver lets through. */
export interface VmauthRoute {
    /**
     * Where vmauth passes accepted pushes, such as `http://vminsert:8480`; the path of the push is
     * appended.
     */
    readonly upstream: string;
    /** The only path the credential opens, such as `/api/v1/write`. */
    readonly path: string;
    /** The username of all generations; none where the credential is a bearer token. */
    readonly username?: string | undefined;
}

/**
 * The `-auth.config` file of vmauth: one user per accepted generation, named by its label.
 *
 * The name shows up as `vmauth_user_requests_total{username="<label>"}`, which tells who still uses
 * what. Labels come in the order given; they may share a username (vmauth 1.80 and later). vmauth
 * keeps secrets in plain text, so the result is one (checked with vmauth 1.150,
 * https://docs.victoriametrics.com/victoriametrics/vmauth/).
 */
export function renderVmauth(
    generations: readonly Generation[],
    { upstream, path, username }: VmauthRoute,
): string {
    const users = generations.map(({ label, value }) => ({
        name: label,
        ...(username === undefined ? { bearer_token: value } : { username, password: value }),
        url_map: [{ src_paths: [escapePattern(path)], url_prefix: upstream }],
    }));
    if (users.length === 0) throw new Error("a receiver must accept at least one generation");
    return stringify({ users }, { lineWidth: 0 });
}

/** vmauth reads `src_paths` as regular expressions, anchored at both ends. */
function escapePattern(path: string): string {
    return path.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
