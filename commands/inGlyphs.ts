import { messageOf } from "../text/messageOf.ts";
import { printable } from "../text/printable.ts";

/** Runs a command that reads a mirror: labels, names and paths in its errors are from there. */
export async function inGlyphs(run: () => Promise<void>): Promise<void> {
    try {
        await run();
    } catch (cause) {
        throw new Error(printable(messageOf(cause)), { cause });
    }
}
