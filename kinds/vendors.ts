import * as z from "zod";
import { grafanaCloud } from "./issuers/grafanaCloud.ts";
import type { Mint, MintingPlace, Vendor } from "./vendor.ts";

/** Every vendor that mints, by its name in `receivers[].mint`. */
export const VENDORS: Readonly<Record<string, Vendor>> = { grafanaCloud };

/** How values are minted: what one vendor is told, by its name. */
export type MintSettings = Readonly<Record<string, object | undefined>>;

/** What a receiver may say of it. */
export const mintSchema = z
    .strictObject(
        Object.fromEntries(
            Object.entries(VENDORS).map(([name, { settings }]) => [
                name,
                // The words again: without any, an optional mapping is left out of the reference
                settings.optional().describe(settings.description ?? ""),
            ]),
        ),
    )
    .refine((given) => Object.values(given).filter(Boolean).length === 1, {
        error: `must name one vendor: ${Object.keys(VENDORS).join(", ")}`,
    })
    .optional()
    .describe(
        "The vendor who mints each generation's value for this receiver, and revokes it. Values " +
            "are made by hand when left out.",
    );

/** The vendor a receiver names, ready to be asked. */
export async function openMint(settings: MintSettings, place: MintingPlace): Promise<Mint> {
    for (const [name, told] of Object.entries(settings)) {
        const vendor = VENDORS[name];
        if (vendor && told) return vendor.open(told, place);
    }
    throw new Error(`mint names no vendor: ${Object.keys(VENDORS).join(", ")}`);
}
