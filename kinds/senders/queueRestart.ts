import { isDeepStrictEqual } from "node:util";
import { type OurEntry, ourEntry, readConfiguration, valueIn } from "./remoteWrite.ts";

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
 * external labels (write.go, prometheus 3.14). A former text that Prometheus cannot read it has not
 * loaded either.
 */
export function queueRestartReasons(
    former: string,
    next: string,
    ours: OurEntry,
): readonly string[] {
    const [old, now] = [readConfiguration(former), readConfiguration(next)];
    if (typeof old !== "object" || old === null) return [];
    const reasons: string[] = [];
    const labelsOf = (one: unknown) => valueIn(valueIn(one, "global"), "external_labels");
    if (!isDeepStrictEqual(labelsOf(old), labelsOf(now))) {
        reasons.push("the external labels");
    }
    const [before, after] = [ourEntry(old, ours) ?? {}, ourEntry(now, ours) ?? {}];
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
        if (isDeepStrictEqual(before[key], after[key])) continue;
        reasons.push(WORDS[key] ?? `${key} of its remote_write entry`);
    }
    return [...new Set(reasons)];
}
