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
 * GitHub's REST API, asked by way of the provider, so with its token or app, whatever it was given,
 * and at its address. Nothing is asked twice in an update, and what will be asked anyway can be
 * asked ahead: answers take a while, and arrive side by side.
 */
export class GitHubApi {
    readonly #answers = new Map<string, Promise<GitHubAnswer>>();

    /**
     * Asks for an endpoint, a path without a slash before it, such as `repos/acme/vault`. Throws a
     * one-line error when the token is refused or nothing can be asked.
     */
    ask(endpoint: string): Promise<GitHubAnswer> {
        const answer = this.#answers.get(endpoint) ?? ask(endpoint);
        this.#answers.set(endpoint, answer);
        return answer;
    }

    /** Begins to ask. What goes wrong is thrown to whoever asks for that endpoint, if anybody. */
    askAhead(endpoints: readonly string[]): void {
        for (const endpoint of endpoints) this.ask(endpoint).catch(() => undefined);
    }
}

async function ask(endpoint: string): Promise<GitHubAnswer> {
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
