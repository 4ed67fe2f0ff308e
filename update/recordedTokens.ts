import type { Resources } from "../holders/holder.ts";
import { VENDORS } from "../kinds/vendors.ts";
import { nameOf } from "./resources.ts";

/** What is recorded of one value that a vendor minted. */
export interface Token {
    /** Empty where secrets may not be read. Secret. */
    readonly value: string;
    /** All that is recorded of it, for the vendor. */
    readonly recorded: unknown;
}

/** What is recorded of them, by label, by the receiver's name. */
export type Tokens = Readonly<Record<string, Readonly<Record<string, Token>>>>;

/** Names the resource of a generation's value at a receiver; neither a label nor a name has an `@`. */
export function tokenResource(name: string, label: string, receiver: string): string {
    return `${name}-${label}@${receiver}`;
}

const NAME = /^[^-]+-(?<label>[^@]+)@(?<receiver>[^@]+)$/;

/** The minted values that are recorded in these resources. */
export function tokensIn(resources: Resources): Tokens {
    const tokens: Record<string, Record<string, Token>> = {};
    for (const [urn, { type, outputs }] of resources) {
        const vendor = Object.values(VENDORS).find((one) => one.type === type);
        const { label, receiver } = NAME.exec(nameOf(urn))?.groups ?? {};
        if (!vendor || label === undefined || receiver === undefined) continue;
        const value = vendor.valueIn(outputs) ?? "";
        tokens[label] = { ...tokens[label], [receiver]: { value, recorded: outputs } };
    }
    return tokens;
}

/** The values alone. Secret. */
export function valuesOf(
    tokens: Tokens,
): Readonly<Record<string, Readonly<Record<string, string>>>> {
    return mapValues(tokens, (byReceiver) => mapValues(byReceiver, ({ value }) => value));
}

function mapValues<From, To>(
    given: Readonly<Record<string, From>>,
    change: (one: From) => To,
): Readonly<Record<string, To>> {
    return Object.fromEntries(Object.entries(given).map(([key, one]) => [key, change(one)]));
}
