// Stands in for pulumi-resource-grafana, for machines where the official plugin cannot be
// downloaded: it makes tokens of access policies of Grafana Cloud by its API, as
// terraform-provider-grafana 4 does, and nothing else.
import packageJson from "../../package.json" with { type: "json" };
import { fixed, type Properties, serveStandIn, type StandInResource, text } from "./standIn.ts";

let [url, token] = ["https://grafana.com", ""];

/** Undefined where the API says that there is nothing. */
async function ask(
    method: string,
    path: string,
    region: string,
    body?: object,
): Promise<Properties | undefined> {
    const where = `${url}/api/v1/${path}?${new URLSearchParams({ region }).toString()}`;
    const response = await fetch(where, {
        method,
        headers: {
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            "x-request-id": crypto.randomUUID(),
        },
        body: body ? JSON.stringify(body) : null,
    });
    if (response.status === 204) return {};
    const answer = (await response.json()) as Properties;
    if (response.status === 404 && method === "GET") return undefined;
    if (response.ok) return answer;
    throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
}

/** In the order of the ID that imports take: `{{ region }}:{{ tokenId }}`. */
function readId(id: string): readonly [region: string, tokenId: string] {
    const [region = "", tokenId = ""] = id.split(":");
    return [region, tokenId];
}

const accessPolicyToken: StandInResource = {
    updates: ["displayName"],
    create: async (inputs) => {
        const region = text(inputs, "region");
        const made = (await ask("POST", "tokens", region, { ...inputs, region: undefined })) ?? {};
        const { token: value, createdAt, updatedAt } = made;
        const outputs = { token: value, createdAt, updatedAt };
        return { id: `${region}:${text(made, "id")}`, outputs };
    },
    read: async (id, inputs) => {
        const [region, tokenId] = readId(id);
        const found = await ask("GET", `tokens/${tokenId}`, region);
        if (!found) return undefined;
        const { accessPolicyId, name, displayName, createdAt, updatedAt } = found;
        const asked = { ...inputs, region, accessPolicyId, name, displayName };
        return { inputs: asked, outputs: { createdAt, updatedAt } };
    },
    update: fixed,
    delete: async (id) => {
        const [region, tokenId] = readId(id);
        await ask("DELETE", `tokens/${tokenId}`, region);
    },
};

await serveStandIn({
    name: "Grafana",
    version: packageJson.dependencies["@pulumiverse/grafana"],
    resources: { "grafana:cloud/accessPolicyToken:AccessPolicyToken": accessPolicyToken },
    configure: (args) => {
        const { GRAFANA_CLOUD_API_URL, GRAFANA_CLOUD_ACCESS_POLICY_TOKEN } = process.env;
        const { cloudApiUrl = GRAFANA_CLOUD_API_URL, cloudAccessPolicyToken } = args;
        if (typeof cloudApiUrl === "string") url = cloudApiUrl;
        token = GRAFANA_CLOUD_ACCESS_POLICY_TOKEN ?? "";
        if (typeof cloudAccessPolicyToken === "string") token = cloudAccessPolicyToken;
    },
});
