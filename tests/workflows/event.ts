import { REPOSITORY } from "./hub.ts";

/** What starts a workflow. */
export interface Event {
    readonly name: "push" | "pull_request" | "schedule" | "workflow_dispatch";
    /** The branch whose files it is about. Defaults to main. */
    readonly branch?: string;
    /** Of a pull request. */
    readonly number?: number;
    /** The repository a pull request is from. Defaults to the program's own. */
    readonly from?: string;
    readonly inputs?: Readonly<Record<string, string>>;
    /** Defaults to private. */
    readonly visibility?: "private" | "public";
}

/** What GitHub tells a workflow of it, as far as ours read it. */
export function payload({
    name,
    branch = "main",
    number,
    from = REPOSITORY,
    inputs,
    visibility,
}: Event) {
    const repository = {
        full_name: REPOSITORY,
        default_branch: "main",
        private: visibility !== "public",
    };
    if (name !== "pull_request") return { ref: `refs/heads/${branch}`, inputs, repository };
    const head = { ref: branch, repo: { full_name: from } };
    return { number, pull_request: { number, head, base: { ref: "main" } }, repository };
}
