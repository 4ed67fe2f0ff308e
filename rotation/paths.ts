/** What is recorded of the paths that a receiver opens for the credential. */
export interface RecordedPaths {
    /** What its files open; undefined where they are not there, or cannot be read. */
    readonly open?: readonly string[] | undefined;
    /** What it was told to open since somebody could last have been cut off; undefined before its path first changed. */
    readonly told?: readonly string[] | undefined;
    /** Where the last rotation on record was proven; undefined where that does not say. */
    readonly proven: readonly string[] | undefined;
    /** Where senders push by their recorded configurations. */
    readonly used: readonly string[];
}

/** The paths a receiver is to open. */
export interface PathGoal {
    /** Where senders are to push. */
    readonly path: string;
    /** What it must no longer open, as every sender has loaded its new configuration. */
    readonly closed: readonly string[];
}

/**
 * The paths a receiver opens besides the one senders are to push to: those they may still push to.
 *
 * A sender pushes to its former path until it loads its new configuration, which may be never, and
 * receivers count requests by credential alone. So a path stays open until it is named as closed.
 * What somebody opened by hand is none of them, unless senders are recorded to push there.
 */
export function formerPaths(
    { path, closed }: PathGoal,
    recorded: RecordedPaths,
): readonly string[] {
    const { open, told, proven, used } = recorded;
    const before = told ?? open?.filter((one) => proven?.includes(one) ?? true) ?? proven ?? [];
    const found = used.filter((one) => open?.includes(one));
    return [...new Set([...before, ...found])].filter(
        (one) => one !== path && !closed.includes(one),
    );
}

/**
 * Those of the paths a receiver opens now that it is not to open. What is to be closed is among them:
 * an older configuration may name a path that was opened again since.
 */
export function strangePaths(
    present: readonly string[],
    goal: PathGoal,
    recorded: RecordedPaths,
): readonly string[] {
    const known = [goal.path, ...formerPaths(goal, recorded)];
    return present.filter((one) => !known.includes(one));
}
