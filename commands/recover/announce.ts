import { parseAllDocuments, visit } from "yaml";
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
    const parts = [`Recovering ${recovered.current} of stack ${stack}${of ?? ""}`, by, vouched];
    return [
        ...(record && record.stack !== stack
            ? [
                  `warning: the record is of a stack ${record.stack}, its files of ${stack}: it was renamed since, or ` +
                      "this is another one's",
              ]
            : []),
        parts.filter(Boolean).join(", "),
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
                const addresses = Object.values(stringData).flatMap((text) =>
                    addressesIn(text, recovered),
                );
                const to = addresses.length > 0 ? `, to ${[...new Set(addresses)].join(", ")}` : "";
                return `Secret ${namespace}/${name}: ${Object.keys(stringData).join(", ")}${to}`;
            });
    }
}

/** Every URL that a file of YAML names, without what may be secret in one. */
function addressesIn(text: string, { accepted }: Recovered): readonly string[] {
    const addresses: string[] = [];
    const take = (scalar: unknown) => {
        if (typeof scalar !== "string" || accepted.some(({ value }) => scalar.includes(value)))
            return;
        if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(scalar) || !URL.canParse(scalar)) return;
        const { protocol, host, pathname } = new URL(scalar);
        addresses.push(`${protocol}//${host}${pathname.replace(/\/$/, "")}`);
    };
    for (const document of parseAllDocuments(text)) {
        visit(document, {
            Scalar: (_, { value }) => {
                take(value);
            },
        });
    }
    return addresses;
}
