import * as z from "zod";
import { messageOf } from "../../text/messageOf.ts";

const LIMIT_MILLISECONDS = 30_000;

const policySchema = z.object({
    name: z.string(),
    scopes: z.array(z.string()).default([]),
    status: z.string().optional(),
});
const tokensSchema = z.object({
    items: z.array(z.object({ id: z.string(), name: z.string() })).default([]),
});

/** What is asked of Grafana Cloud beside what its provider for Pulumi asks. */
export interface Api {
    /** Undefined where there is none. */
    policy(region: string, id: string): Promise<z.infer<typeof policySchema> | undefined>;
    /** The tokens of exactly this name: one at most, as Grafana has it. */
    tokensOf(region: string, name: string): Promise<readonly { readonly id: string }[]>;
    /** Deletes them, so that they are refused from then on. */
    revoke(region: string, name: string): Promise<void>;
}

/**
 * The API of Grafana Cloud
 * (https://grafana.com/docs/grafana-cloud/developer-resources/api-reference/cloud-api/), at the
 * address and with the token that the provider has. Errors name what was asked, never the token.
 */
export function connect({
    token,
    url = "https://grafana.com",
}: {
    readonly token: string;
    readonly url?: string | undefined;
}): Api {
    const ask = async (method: string, path: string, query: Readonly<Record<string, string>>) => {
        const where = new URL(`${url.replace(/\/$/, "")}/api/v1/${path}`);
        where.search = new URLSearchParams(query).toString();
        const what = `Grafana Cloud at ${where.host}, asked to ${method} ${path},`;
        let response: Response;
        try {
            response = await fetch(where, {
                method,
                redirect: "error", // the token goes nowhere else
                headers: { authorization: `Bearer ${token}`, "x-request-id": crypto.randomUUID() },
                signal: AbortSignal.timeout(LIMIT_MILLISECONDS),
            });
        } catch (error) {
            const { cause: reason = error } = error as Error; // fetch itself says only that it failed
            throw new Error(`${what} did not answer: ${messageOf(reason)}`, { cause: error });
        }
        if (response.status === 404) return undefined;
        if (response.status === 401 || response.status === 403) {
            throw new Error(
                `${what} answered ${response.status}: the token it was asked with needs the scopes accesspolicies:read, ` +
                    "accesspolicies:write and accesspolicies:delete, in the same organization",
            );
        }
        if (!response.ok) throw new Error(`${what} answered ${response.status}`);
        return response.status === 204 ? {} : response.json();
    };
    const tokensOf = async (region: string, name: string) => {
        const found = await ask("GET", "tokens", { region, name });
        return tokensSchema.parse(found ?? {}).items.filter((one) => one.name === name);
    };
    return {
        policy: async (region, id) => {
            const found = await ask("GET", `accesspolicies/${id}`, { region });
            return found === undefined ? undefined : policySchema.parse(found);
        },
        tokensOf,
        revoke: async (region, name) => {
            for (const { id } of await tokensOf(region, name)) {
                await ask("DELETE", `tokens/${id}`, { region });
            }
        },
    };
}
