import * as z from "zod";
import type { Resources } from "../holders/holder.ts";
import { decode } from "../holders/kubernetesSecret.ts";
import type { Files } from "../kinds/receiverKind.ts";
import { readReceiver } from "../kinds/receivers.ts";
import type { RecordedPaths } from "../rotation/paths.ts";
import type { RotationRecord } from "../rotation/record.ts";
import { nameOf, STASH } from "./resources.ts";

/** Usernames by label; undefined for whoever shows a bearer token. */
export type Logins = Readonly<Record<string, string | undefined>>;

/** How the stash is called in which a receiver's paths are remembered. */
export const PATHS_ENDING = "-paths";

const dataSchema = z.object({ data: z.record(z.string(), z.unknown()) });
const toldSchema = z.object({ input: z.array(z.string()) });

/** What receivers open, and for whom, from the resources that are theirs. */
export function openedIn(resources: Resources, record: RotationRecord | undefined) {
    const paths: Record<string, Omit<RecordedPaths, "used">> = {};
    const logins: Record<string, Logins> = {};
    for (const { receiver } of record?.proven ?? []) {
        paths[receiver] = { proven: provenAt(receiver, record) };
    }
    for (const [urn, { type, outputs }] of resources) {
        if (type === STASH) {
            const name = nameOf(urn).slice(0, -PATHS_ENDING.length);
            const told = toldSchema.safeParse(outputs).data?.input;
            paths[name] = { ...paths[name], proven: provenAt(name, record), told };
            continue;
        }
        const name = nameOf(urn);
        const read = readOpened(decode(dataSchema.safeParse(outputs).data?.data));
        if (!read) continue;
        paths[name] = { ...paths[name], proven: provenAt(name, record), open: read.paths };
        logins[name] = read.logins;
    }
    return { paths, logins };
}

/** Undefined where somebody broke them: the update writes them anew. */
function readOpened(files: Files) {
    try {
        const { kind, entries } = readReceiver(files) ?? {};
        if (!kind || !entries) return undefined;
        const named = entries.flatMap(({ label, username }) =>
            label === undefined ? [] : [[label, username] as const],
        );
        return { paths: kind.pathsIn?.(files), logins: Object.fromEntries(named) };
    } catch {
        return undefined;
    }
}

/** Undefined where the record names no receiver of this name, as after a change of name. */
function provenAt(name: string, record: RotationRecord | undefined): readonly string[] | undefined {
    const urls = (record?.proven ?? []).flatMap(({ receiver, url }) =>
        receiver === name && URL.canParse(url) ? [new URL(url).pathname] : [],
    );
    return urls.length > 0 ? [...new Set(urls)] : undefined;
}
