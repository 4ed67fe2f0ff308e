import { isScalar, parseAllDocuments, visit } from "yaml";
import type { Recovered } from "../../mirror/manifest.ts";
import { printable } from "../../text/printable.ts";
import type { Choice } from "./history.ts";
import { minute } from "./mirrorSource.ts";

/** What is about to be written. */
export interface Announced {
    /** As its files are called. */
    readonly stack: string;
    readonly choice: Choice;
    readonly recovered: Recovered;
    readonly output: "manifests" | "files" | "environment" | "prometheus" | "config";
    /** Where senders push; for `prometheus`. */
    readonly url: string;
    /** Whether the verification key signed the record. */
    readonly signed: boolean;
}

/**
 * What is about to be written, and who vouches for it, a line each: every Secret with its namespace,
 * and every address in it. No secret is in it, and nothing a terminal would obey.
 */
export function announce(announced: Announced): readonly string[] {
    const { stack, choice, recovered, signed } = announced;
    const { record } = choice.sealed;
    const of = record?.project && ` (${record.organization ?? ""}/${record.project})`;
    const by = record && `recorded ${minute(record.finished)} by ${record.by}`;
    const vouched = signed && "signed by the verification key";
    const { current, accepted } = recovered;
    const others = accepted.map(({ label }) => label).filter((label) => label !== current);
    const beside = others.length > 0 && `with ${others.join(", ")} accepted too`;
    const what = `Recovering ${current} of stack ${stack}${of ?? ""}`;
    return [
        ...(record && record.stack !== stack
            ? [
                  `warning: the record is of a stack ${record.stack}, its files of ${stack}: it was renamed since, or ` +
                      "this is another one's",
              ]
            : []),
        [what, beside, by, vouched].filter(Boolean).join(", "),
        ...written(announced).map((line) => `  ${line}`),
    ].map(printable);
}

function written({ recovered, output, url }: Announced): readonly string[] {
    switch (output) {
        case "environment":
            return [`environment of generation ${recovered.current}`];
        case "prometheus":
            return [`remote_write to ${url}`];
        case "config":
            return ["adopted, in the configuration of the selected stack"];
        default:
            return recovered.secrets.map(({ metadata: { namespace, name }, stringData }) => {
                const addresses = Object.values(stringData).flatMap(addressesIn).join(", ");
                const to = addresses === "" ? "" : `, to ${addresses}`;
                return `Secret ${namespace}/${name}: ${Object.keys(stringData).join(", ")}${to}`;
            });
    }
}

/** Keys whose value is a credential, in files of receivers. */
const CREDENTIAL = /token|password|secret|credential/i;

/**
 * Every URL that a file of YAML names, without what may be secret in one. What is a credential is
 * known by its place: one that somebody forged may be the very address that it is to hide.
 */
function addressesIn(text: string): readonly string[] {
    const addresses: string[] = [];
    for (const document of parseAllDocuments(text)) {
        if (isScalar(document.contents)) continue; // a sender's file is its credential
        visit(document, {
            Pair: (_, { key }) =>
                isScalar(key) && CREDENTIAL.test(String(key.value)) ? visit.SKIP : undefined,
            Scalar: (_, { value }) => {
                addresses.push(...addressOf(value));
            },
        });
    }
    return [...new Set(addresses)];
}

function addressOf(value: unknown): readonly string[] {
    if (typeof value !== "string" || !/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return [];
    if (!URL.canParse(value)) return [`${value.split("://", 1)[0] ?? ""}://, which is no address`];
    const { protocol, host, pathname } = new URL(value);
    return [`${protocol}//${host}${pathname.replace(/\/$/, "")}`];
}
