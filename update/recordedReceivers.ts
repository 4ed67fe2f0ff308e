import * as z from "zod";
import type { Resources } from "../holders/holder.ts";
import { decode } from "../holders/kubernetesSecret.ts";
import type { Entry, Files, ReceiverKind } from "../kinds/receiverKind.ts";
import { RECEIVERS } from "../kinds/receivers.ts";
import type { RecordedPaths } from "../rotation/paths.ts";
import type { RotationRecord } from "../rotation/record.ts";
import { nameOf, STASH } from "./resources.ts";

/** Usernames by label; undefined for whoever shows a bearer token. */
export type Logins = Readonly<Record<string, string | undefined>>;

/** How the stash is called in which a receiver's paths are remembered. */
export const PATHS_ENDING = "-paths";

const dataSchema = z.object({ data: z.record(z.string(), z.unknown()) });
const toldSchema = z.object({ input: z.array(z.string()) });

/** What receivers open, and for whom. */
export interface Opened {
    /** The paths, by the receiver's name. */
    readonly paths: Readonly<Record<string, Omit<RecordedPaths, "used">>>;
    /** The usernames, by label, by the receiver's name. */
    readonly logins: Readonly<Record<string, Logins>>;
    /** The values, by label. Secret. */
    readonly letIn: Readonly<Record<string, string>>;
}

/** What receivers open, and for whom, from the resources that are theirs. */
export function openedIn(resources: Resources, record: RotationRecord | undefined): Opened {
    const paths: Record<string, Omit<RecordedPaths, "used">> = {};
    const logins: Record<string, Logins> = {};
    const letIn: Record<string, string> = {};
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
        const files = decode(dataSchema.safeParse(outputs).data?.data);
        const { kind, entries } = readUnbroken(files) ?? {};
        if (!kind || !entries) continue;
        const named = entries.flatMap(({ label, username, value }) =>
            label === undefined ? [] : [{ label, username, value }],
        );
        const open = kind.pathsIn?.(files);
        paths[name] = { ...paths[name], proven: provenAt(name, record), open };
        logins[name] = Object.fromEntries(named.map(({ label, username }) => [label, username]));
        for (const { label, value } of named) {
            if (value !== undefined) letIn[label] = value;
        }
    }
    return { paths, logins, letIn };
}

/** By the first kind of receiver that can read them. */
function readUnbroken(
    files: Files,
): { readonly kind: ReceiverKind; readonly entries: readonly Entry[] } | undefined {
    for (const kind of Object.values(RECEIVERS)) {
        try {
            const entries = kind.parse(files);
            if (entries) return { kind, entries };
        } catch {
            // Broken by hand: the update writes them anew.
        }
    }
    return undefined;
}

/** Undefined where the record names no receiver of this name, as after a change of name. */
function provenAt(name: string, record: RotationRecord | undefined): readonly string[] | undefined {
    const urls = (record?.proven ?? []).flatMap(({ receiver, url }) =>
        receiver === name && URL.canParse(url) ? [new URL(url).pathname] : [],
    );
    return urls.length > 0 ? [...new Set(urls)] : undefined;
}
