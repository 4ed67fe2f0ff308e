import type { GitHub } from "../../sandbox/github/server.ts";

/** GitHub's REST API, as somebody with a token asks it. */
export type Rest = (
    method: string,
    path: string,
    body?: object,
) => Promise<{ readonly status: number; readonly json: unknown }>;

/** Asks as the token's user; the path is without `/api/v3`. */
export function rest({ baseUrl }: GitHub, token: string): Rest {
    return async (method, path, body) => {
        const response = await fetch(`${baseUrl}api/v3${path}`, {
            method,
            headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
            body: body ? JSON.stringify(body) : null,
        });
        const text = await response.text();
        return { status: response.status, json: text ? JSON.parse(text) : undefined };
    };
}
