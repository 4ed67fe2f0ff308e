/** What GitHub lets a repository have, by whose it is and what is paid for. */
export interface Offers {
    /** Whether a branch of a private repository can be protected by a ruleset. */
    readonly rulesets: boolean;
    /** Whether forking can be forbidden: a setting that only repositories of organisations have. */
    readonly forking: boolean;
}

/** What GitHub says of a repository before it is made or changed. */
export interface RepositoryFacts {
    /** What it lets the repository have. */
    readonly offers: Offers;
    /** Whether there is no repository yet. */
    readonly fresh: boolean;
    /**
     * On another host: how often each push was made again because somebody had changed it there, by
     * the name of what stands for it; this update's included.
     */
    readonly repairs?: Readonly<Record<string, number>>;
}
