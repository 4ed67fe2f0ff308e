/** What was looked at, and what is wrong with it: undefined where nothing is. No secret is in it. */
export interface Finding {
    readonly what: string;
    readonly fault: string | undefined;
    /** What is to be known of it, where it is nothing that this program can be blamed for. */
    readonly warning?: string;
}
