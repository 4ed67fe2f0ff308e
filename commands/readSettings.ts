import { readFileSync } from "node:fs";
import { RECEIVERS } from "../kinds/receivers.ts";
import { SENDERS } from "../kinds/senders.ts";
import { configurationOf } from "../settings/configuration.ts";
import { parseSettings, type Settings } from "../settings/settings.ts";
import { configKey } from "./projectName.ts";
import { read } from "./runPulumi.ts";

/** The stack's configuration, checked as the program checks it. */
export async function readSettings(stack: string): Promise<Settings> {
    const all = JSON.parse(await read("config", "--json", "--show-secrets")) as Record<
        string,
        { value?: string }
    >;
    const texts = Object.entries(all).map(([key, { value = "" }]) => [key, value] as const);
    return parseSettings(configurationOf(Object.fromEntries(texts), configKey("")), {
        stack,
        kinds: { receivers: RECEIVERS, senders: SENDERS },
        readFile: (path) => readFileSync(path, "utf8"),
    });
}
