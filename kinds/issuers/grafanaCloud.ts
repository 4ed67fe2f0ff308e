import * as z from "zod";
import { fingerprint } from "../../rotation/digest.ts";
import { messageOf } from "../../text/messageOf.ts";
import type { Mint, MintingPlace, Vendor } from "../vendor.ts";
import { type Api, connect } from "./grafanaCloudApi.ts";

const settings = z
    .strictObject({
        region: z
            .string()
            .regex(
                /^[a-z0-9-]{1,63}$/,
                'must be a region of Grafana Cloud, such as "prod-eu-west-2"',
            )
            .describe("The region of the access policy, such as `prod-eu-west-2`."),
        accessPolicyId: z
            .string()
            .regex(
                /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
                "must be the ID of an access policy, a UUID",
            )
            .describe(
                "The access policy whose tokens they are: with the scope `metrics:write`, and the " +
                    "stack as its realm.",
            ),
    })
    .describe("Grafana Cloud: a token of an access policy, which does not expire.");
type GrafanaCloudSettings = z.infer<typeof settings>;

const recordedToken = z.object({ region: z.string(), name: z.string() });
const recordedValue = z.object({ token: z.string() });

const TOKEN_KEY = "grafana:cloudAccessPolicyToken";

/**
 * Grafana Cloud: tokens of an access policy, which do not expire.
 *
 * A token is told once, when it is made, and its name is taken from then on. So nothing here has
 * one made a second time: its resource is never replaced, and nothing but {@link Mint.revoke} ends
 * it, as an engine deletes at the end of an update, after the record of it, and replaces what is in
 * use.
 */
export const grafanaCloud: Vendor = {
    settings,
    example: { region: "prod-eu-west-2", accessPolicyId: "11111111-2222-4333-8444-555555555555" },
    type: "grafana:cloud/accessPolicyToken:AccessPolicyToken",
    valueIn: (recorded) => recordedValue.safeParse(recorded).data?.token,
    secrets: [TOKEN_KEY],
    open: async (given, place) => {
        const told = settings.parse(given);
        const [{ AccessPolicyToken }, vars] = await Promise.all([
            import("@pulumiverse/grafana/cloud/accessPolicyToken.js"),
            import("@pulumiverse/grafana/config/vars.js"),
        ]);
        const { cloudAccessPolicyToken: token, cloudApiUrl: url } = vars.default;
        const api = token === undefined ? undefined : connect({ token, url });
        return {
            issue: (label, { name, parent }) => {
                const { receiver, stack } = place;
                const made = new AccessPolicyToken(
                    name,
                    {
                        ...told,
                        name: tokenName(place, label),
                        displayName: `${stack} ${receiver} ${label}`,
                    },
                    {
                        parent,
                        retainOnDelete: true,
                        ignoreChanges: ["region", "accessPolicyId", "name", "displayName"],
                    },
                );
                return { value: made.token, made };
            },
            faultOf: async (label) => {
                if (!api) {
                    return (
                        "Grafana Cloud mints nothing without a token of its own: pulumi config set --secret " +
                        `${TOKEN_KEY}, or set GRAFANA_CLOUD_ACCESS_POLICY_TOKEN`
                    );
                }
                return whyNot(api, told, tokenName(place, label));
            },
            revoke: async (recorded) => {
                const { region, name } = recordedToken.parse(recorded);
                if (!api) throw new Error(`${TOKEN_KEY} is not set, so ${name} cannot be revoked`);
                await api.revoke(region, name);
            },
        } satisfies Mint;
    },
};

/** Of what Grafana allows in a name, told from others of the same letters by a digest. */
function tokenName(place: MintingPlace, label: string): string {
    const { project, stack, receiver } = place;
    const parts = [project, stack, receiver, label];
    const readable = parts
        .join("-")
        .toLowerCase()
        .replaceAll(/[^a-z0-9_-]/g, "-");
    return `${readable.slice(0, 240)}-${fingerprint(parts).slice(0, 8)}`;
}

async function whyNot(
    api: Api,
    { region, accessPolicyId }: GrafanaCloudSettings,
    name: string,
): Promise<string | undefined> {
    try {
        const policy = await api.policy(region, accessPolicyId);
        if (!policy) return `there is no access policy ${accessPolicyId} in region ${region}`;
        if (!policy.scopes.includes("metrics:write")) {
            return `access policy ${policy.name} has not the scope metrics:write: add it`;
        }
        if (policy.status === "inactive") {
            return `access policy ${policy.name} is inactive: activate it`;
        }
        const taken = await api.tokensOf(region, name);
        if (taken.length === 0) return undefined;
        return (
            `Grafana Cloud has a token ${name} already, whose value this stack does not know, as when an update was ` +
            "killed while it was made: revoke it there and run pulumi up again, or, where it may be in use, set rotation to another label"
        );
    } catch (error) {
        return messageOf(error);
    }
}
