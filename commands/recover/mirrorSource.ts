/** One version of a file in a mirror. */
export interface Version {
    /** The commit that wrote it; undefined where the mirror has no history. */
    readonly commit: string | undefined;
    /**
     * When it was committed, ISO 8601; undefined where the mirror has no history, or the commit no
     * such time.
     */
    readonly at: string | undefined;
    /** The first line of what the commit says; empty where the mirror has no history. */
    readonly message: string;
    /** Who wrote it, by the name the commit gives; absent where the mirror has no history. */
    readonly author?: string | undefined;
    readonly text: string;
}

/** Where the files of a mirror are read from. Nothing is ever written there. */
export interface MirrorSource {
    /** What it is called in messages. */
    readonly name: string;
    /** The paths of all files of the newest commit. */
    files(): Promise<readonly string[]>;
    /** All versions of a file there were, the newest first; without those that deleted it. */
    versions(path: string): Promise<readonly Version[]>;
    /** Removes what was fetched. */
    close(): Promise<void>;
}

/** The first line of a text. */
export function firstLine(text: string): string {
    return text.split("\n", 1)[0] ?? "";
}

/** A time in ISO 8601 and UTC; undefined when it is none. Whoever commits sets it. */
export function isoTime(time: string): string | undefined {
    const date = new Date(time);
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** ISO 8601 to the minute, in UTC. */
export function minute(time: string | null): string {
    if (time === null) return "-";
    const known = isoTime(time);
    return known === undefined ? `no date (${time})` : `${known.slice(0, 16)}Z`;
}
