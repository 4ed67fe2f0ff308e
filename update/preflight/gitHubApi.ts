import { messageOf } from "../../text/messageOf.ts";
import * as github from "@pulumi/github";
import { refuse } from "../refuse.ts";

/** What GitHub answered to a GET. */
export interface GitHubAnswer {
    readonly status: number;
    /** What it says is wrong; empty when nothing is. */
    readonly message: string;
    /** The answer's JSON; undefined unless the status is 200. */
    readonly body: unknown;
}

/**
 * Asks GitHub's REST API by way of the provider, so with its token or app, whatever it was given,
 * and at its address. The endpoint is a path without a slash before it, such as `repos/acme/vault`.
 * Throws a one-line error when the token is refused or nothing can be asked.
 */
export async function askGitHub(endpoint: string): Promise<GitHubAnswer> {
    try {
        const { code, body } = await github.getRestApi({ endpoint });
        if (code === 200) return { status: code, message: "", body: JSON.parse(body) };
        // The provider (6.15) passes on 404 alone
        return { status: code, message: "Not Found", body: undefined };
    } catch (error) {
        const text = messageOf(error);
        // The provider's words (go-github 82): "GET <url>: 403 <message> [<errors>]".
        const found = /GET \S+: (\d{3}) (.*?)\.?(?: \[.*)?$/s.exec(text);
        const [, status = "", message = ""] = found ?? [];
        if (!found) refuse(`mirror: GitHub cannot be asked for ${endpoint}: ${oneLine(text)}`);
        if (status === "401") {
            refuse(
                `mirror: GitHub refuses the token (401 ${oneLine(message)}): it is mistyped, expired or revoked; ` +
                    "set GITHUB_TOKEN to a valid one",
            );
        }
        return { status: Number(status), message: oneLine(message), body: undefined };
    }
}

function oneLine(text: string): string {
    return text.replace(/\s+/g, " ").trim();
}
