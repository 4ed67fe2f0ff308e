import type { StackValidationPolicy } from "@pulumi/policy";
import { parse } from "yaml";
import { isLoopback } from "../settings/terms.ts";
import { describe, recordOf, read, type Resource, textsOf } from "./stackResources.ts";

/** What leads to a receiver in clear text shows the credential to whoever is on the way. */
export const encryptedTransport: StackValidationPolicy = {
    name: "receivers-by-https",
    description: "Receivers are reached by https; by http on loopback alone.",
    enforcementLevel: "mandatory",
    validateStack: ({ resources }, report) => {
        const found = recordOf(resources);
        const proven = found?.record.proven ?? [];
        for (const { receiver, url } of proven.filter(({ url }) => isClear(url))) {
            const next = "have it answer over TLS, set its url, and take out allowHttp";
            report(`receiver ${receiver} is reached by ${url}: ${next}`, found?.resource.urn);
        }
        for (const resource of resources) {
            for (const url of remoteWriteUrls(resource).filter(isClear)) {
                const next = "have the receiver answer over TLS, and set its url";
                report(`${describe(resource)} pushes to ${url}: ${next}`, resource.urn);
            }
        }
    },
};

function isClear(url: string): boolean {
    if (!URL.canParse(url)) return false;
    const parsed = new URL(url);
    return parsed.protocol === "http:" && !isLoopback(parsed);
}

/** Where a Prometheus of a configuration pushes to, or one that an operator runs. */
function remoteWriteUrls({ type, props }: Resource): readonly string[] {
    if (!type.startsWith("kubernetes:")) return [];
    const configured = [...textsOf(read(props, "data")), ...textsOf(read(props, "stringData"))]
        .filter(([, text]) => text.includes("remote_write:"))
        .flatMap(([, text]) => entries(parseYaml(text), "remote_write"));
    const entriesOf = [...configured, ...entries(read(props, "spec"), "remoteWrite")];
    return entriesOf.flatMap((entry) => {
        const url = read(entry, "url");
        return typeof url === "string" ? [url] : [];
    });
}

function entries(value: unknown, key: string): readonly unknown[] {
    const found = read(value, key);
    return Array.isArray(found) ? found : [];
}

function parseYaml(text: string): unknown {
    try {
        return parse(text);
    } catch {
        return undefined; // a template, which is not one yet
    }
}
