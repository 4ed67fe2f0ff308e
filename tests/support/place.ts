import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type GitHub, type GitHubOptions, startGitHub } from "../../sandbox/github/server.ts";
import type { Deployment } from "./deployment.ts";
import type { Stage } from "./fixture.ts";
import { openNeighbour } from "./neighbour.ts";
import { rest, type Rest } from "./rest.ts";

/** A stack of its own on a GitHub of its own. */
export interface Place {
    readonly github: GitHub;
    readonly ask: Rest;
    readonly deployment: Deployment;
    readonly repository: string;
}

/** Makes one, empty; its owner on GitHub is acme, its repository `<name>-credentials`. */
export async function openPlace(
    stage: Stage,
    name: string,
    options: Omit<GitHubOptions, "logs" | "owner" | "token">,
): Promise<Place> {
    const logs = join(stage.sandbox.directory, `${name}-github`);
    await mkdir(logs);
    const token = `the-token-of-${name}`;
    const github = await startGitHub({ ...options, logs, owner: "acme", token });
    await stage.sandbox.start(`GitHub of ${name}`, Promise.resolve(github));
    const environment = { GITHUB_BASE_URL: github.baseUrl, GITHUB_TOKEN: token };
    const { deployment } = await openNeighbour(stage, name, "first", environment);
    await deployment.configure((text) =>
        text.replace("github:owner: sandbox", "github:owner: acme"),
    );
    await deployment.configure({ "mirror.owner": "acme" });
    const repository = `${name}-credentials`;
    return { github, ask: rest(github, token), deployment, repository };
}
