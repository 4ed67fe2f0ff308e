import { writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { type Outlook, OUTLOOK_FILE } from "../rotation/outlook.ts";

/**
 * Writes what a preview finds out to where `npm run preview` reads it.
 *
 * A file rather than a stack output or a line of the log: an output would change the stack of
 * whoever rotates nothing, and a line would be read by people who did not ask.
 */
export function tellOutlook(outlook: Outlook): void {
    const { [OUTLOOK_FILE]: file } = process.env;
    if (file === undefined || !pulumi.runtime.isDryRun()) return;
    writeFileSync(file, JSON.stringify(outlook), { mode: 0o600 });
}
