import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { type OurEntry, ourEntry } from "./remoteWrite.ts";

interface Configuration {
    readonly global?: { readonly external_labels?: unknown };
}

/**
 * What each key of a `remote_write` entry is called when it changes; any other is named by itself.
 */
const WORDS: Readonly<Record<string, string>> = {
    url: "its URL",
    name: "the name of its remote_write entry",
    authorization: "its credential form",
    basic_auth: "its credential form",
    username: "its username",
};

/**
 * Why Prometheus would restart the queue of our `remote_write` entry when its configuration changes
 * from one text to another; empty when it would not.
 *
 * A restarted queue starts at the present: what it had not yet sent is lost, uncounted
 * (prometheus/prometheus#8809). Everything in the entry counts but values of secrets, and so do the
 * external labels (write.go, prometheus 3.14).
 */
export function queueRestartReasons(
    former: string,
    next: string,
    ours: OurEntry,
): readonly string[] {
    const [old, now] = [parse(former), parse(next)] as [Configuration | null, Configuration | null];
    const reasons: string[] = [];
    if (!isDeepStrictEqual(old?.global?.external_labels, now?.global?.external_labels)) {
        reasons.push("the external labels");
    }
    const [before, after] = [ourEntry(old, ours) ?? {}, ourEntry(now, ours) ?? {}];
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
        if (isDeepStrictEqual(before[key], after[key])) continue;
        reasons.push(WORDS[key] ?? `${key} of its remote_write entry`);
    }
    return [...new Set(reasons)];
}
