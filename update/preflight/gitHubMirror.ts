import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import type { RepositoryFacts } from "../../mirror/gitHub/repositoryFacts.ts";
import { GitHubApi } from "./gitHubApi.ts";
import type { Recorded } from "../recorded.ts";
import type { GitHubMirrorSettings } from "../../settings/mirrorSettings.ts";
import { isLoopback } from "../../settings/terms.ts";
import { listsOf, pageOf, requireMaker, requireOwnAccess, warnOfOthers } from "./access.ts";
import { refuse } from "../refuse.ts";
import { refuseOthersFiles } from "./mirrorFiles.ts";

const KEY = "mirror";

/**
 * A repository, as far as it is read: https://docs.github.com/en/rest/repos/repos#get-a-repository
 */
interface FoundRepository {
    readonly visibility: string;
    readonly archived: boolean;
    /** There only for whoever may read and write contents. */
    readonly allow_merge_commit?: boolean;
}

/** An organisation or user, as far as it is read. */
interface FoundOwner {
    readonly plan?: { readonly name?: string };
    readonly members_can_fork_private_repositories?: boolean;
}

/** What the state says of the mirror. */
type RecordedMirror = Pick<Recorded, "repository" | "mirrorForgotten" | "mirrorFiles" | "sealed">;

/**
 * Refuses, before anything changes, a mirror that others can read or that the token lacks a right
 * for, and settings GitHub does not offer its owner; warns of whoever else has access. Throws a
 * one-line error.
 */
export async function inspectMirror(
    mirror: GitHubMirrorSettings,
    recorded: RecordedMirror,
    gitHub = new GitHubApi(),
): Promise<RepositoryFacts> {
    requireOwner(mirror.owner);
    const found = await findRepository(gitHub, mirror, recorded);
    if (found) {
        const rulesets = mirror.create ? [rulesetsOf(mirror)] : [];
        gitHub.askAhead([...rulesets, ...listsOf(mirror, false)]);
        await requireRights(gitHub, mirror, found);
        const read = (path: string) => readFile(gitHub, mirror, path);
        await refuseOthersFiles(mirror, recorded, { repository: mirror.repository, read });
    }
    if (!mirror.create) {
        await warnOfOthers(gitHub, mirror, false);
        return { offers: { rulesets: false, forking: false }, fresh: false };
    }
    const organization = (await gitHub.ask(`orgs/${mirror.owner}`)).body as FoundOwner | undefined;
    requireOffered(mirror, organization !== undefined);
    if (!found) await requireMaker(gitHub, mirror, organization !== undefined);
    if (organization) await requireOwnAccess(gitHub, mirror);
    if (found) await warnOfOthers(gitHub, mirror, organization !== undefined);
    const rulesets = await offersRulesets(gitHub, mirror, found !== undefined, organization);
    // GitHub answers 422 where the organisation forbids it for all of its repositories already.
    const forking = organization?.members_can_fork_private_repositories === true;
    return { offers: { rulesets, forking }, fresh: found === undefined };
}

/** GitHub, asked already what {@link inspectMirror} will ask whatever is recorded. */
export function askAheadOf(mirror: GitHubMirrorSettings): GitHubApi {
    refusePlainHttp();
    const gitHub = new GitHubApi();
    const { owner, repository, create } = mirror;
    gitHub.askAhead([`repos/${owner}/${repository}`, ...(create ? [`orgs/${owner}`] : []), "user"]);
    return gitHub;
}

/** The token goes there with every question. */
function refusePlainHttp(): void {
    const baseUrl = new pulumi.Config("github").get("baseUrl") ?? process.env["GITHUB_BASE_URL"];
    if (!URL.canParse(baseUrl ?? "")) return; // github.com, or what the provider refuses
    const url = new URL(baseUrl ?? "");
    if (url.protocol !== "http:" || isLoopback(url)) return;
    refuse(
        `${KEY}: GitHub is at ${url.host} by plain http, where anybody on the way reads the token: ` +
            "give github:baseUrl, or GITHUB_BASE_URL, as an https URL",
    );
}

/** https://docs.github.com/en/rest/repos/contents#get-repository-content */
const contentSchema = z.object({ encoding: z.literal("base64"), content: z.string() });

async function readFile(
    gitHub: GitHubApi,
    { owner, repository, branch }: GitHubMirrorSettings,
    path: string,
): Promise<string | undefined> {
    const file = path.split("/").map(encodeURIComponent).join("/");
    const { status, message, body } = await gitHub.ask(
        `repos/${owner}/${repository}/contents/${file}?ref=${encodeURIComponent(branch)}`,
    );
    if (status === 404) return undefined;
    const { content } = contentSchema.safeParse(body).data ?? {};
    if (content !== undefined) return Buffer.from(content, "base64").toString();
    return refuse(
        `${KEY}.path: ${path} in ${owner}/${repository} cannot be read: GitHub answers ${status} ${message}`,
    );
}

/** The rulesets of the repository itself: the organisation's are not ours to write. */
function rulesetsOf({ owner, repository }: GitHubMirrorSettings): string {
    return `repos/${owner}/${repository}/rulesets?includes_parents=false`;
}

/** The provider writes as its own owner, whatever repository is named. */
function requireOwner(owner: string): void {
    // The environment wins over the configuration in the GitHub provider 6.15.
    const configured = process.env.GITHUB_OWNER ?? new pulumi.Config("github").get("owner");
    if (configured?.toLowerCase() === owner.toLowerCase()) return;
    refuse(
        `${KEY}.owner is ${owner}, but the GitHub provider's owner is ${configured ?? "not set"}: ` +
            `pulumi config set github:owner ${owner}`,
    );
}

/** The repository, private and not archived, or undefined when it is to be made. */
async function findRepository(
    gitHub: GitHubApi,
    { owner, repository, create }: GitHubMirrorSettings,
    { repository: made, mirrorForgotten }: RecordedMirror,
): Promise<FoundRepository | undefined> {
    const name = `${owner}/${repository}`;
    const ours = made === repository;
    const { status, message, body } = await gitHub.ask(`repos/${name}`);
    if (status !== 200 && status !== 404) {
        refuse(`${KEY}.repository ${name} cannot be seen: GitHub answers ${status} ${message}`);
    }
    if (status === 404 && (ours || mirrorForgotten)) {
        refuse(
            `${KEY}.repository ${name}, which this stack wrote to, is not found: give the GitHub token access to it; ` +
                "if it was deleted, run pulumi refresh, make it again, private, and set mirror.create to false",
        );
    }
    if (status === 404 && create) return undefined;
    if (status === 404) {
        refuse(
            `${KEY}.repository ${name} is not found: create it, private, or leave out mirror.create`,
        );
    }
    const found = body as FoundRepository;
    if (create && !ours) {
        refuse(
            mirrorForgotten
                ? `${KEY}.repository ${name} was forgotten in a refresh, by a GitHub token that did not see it: set ` +
                      "mirror.create to false to go on with it"
                : `${KEY}.repository ${name} exists already: set mirror.create to false to use it`,
        );
    }
    if (found.visibility !== "private") {
        refuse(
            `${KEY}.repository ${name} must be private, it is ${found.visibility}: nothing was written; ` +
                "make it private, or name another one",
        );
    }
    if (found.archived) {
        refuse(`${KEY}.repository ${name} is archived: unarchive it, or name another one`);
    }
    if (!create && ours) {
        refuse(
            `${KEY}.create is false, but this stack made ${name}, and would archive it: leave out mirror.create`,
        );
    }
    return found;
}

/**
 * Told by what GitHub shows: merge settings only to whoever may write contents, deploy keys and who
 * may go past a ruleset only to administrators. A repository's `permissions` say what the user may
 * do, whatever the token may, and of apps that they may do nothing.
 */
async function requireRights(
    gitHub: GitHubApi,
    mirror: GitHubMirrorSettings,
    found: FoundRepository,
): Promise<void> {
    const name = `${mirror.owner}/${mirror.repository}`;
    const lacks = (right: string): never =>
        refuse(
            `${KEY}.repository ${name}: the GitHub token lacks a right: give it the repository permission ` +
                `"${right}: read and write", or, if it is a classic one, the scope repo of a user who may`,
        );
    if (found.allow_merge_commit === undefined) lacks("Contents");
    if (!mirror.create) return;
    const { status } = await gitHub.ask(pageOf(`${name}/keys`, 1));
    if (status !== 200 || !(await writesRulesets(gitHub, mirror))) lacks("Administration");
}

/**
 * Whoever may not write a ruleset is not shown who may go past it:
 * https://docs.github.com/en/rest/repos/rules
 */
async function writesRulesets(gitHub: GitHubApi, mirror: GitHubMirrorSettings): Promise<boolean> {
    const listed = (await gitHub.ask(rulesetsOf(mirror))).body;
    const [first] = (listed ?? []) as readonly { readonly id: number }[];
    if (!first) return true; // nothing tells
    const { body } = await gitHub.ask(
        `repos/${mirror.owner}/${mirror.repository}/rulesets/${first.id}`,
    );
    return (body as { bypass_actors?: unknown } | undefined)?.bypass_actors !== undefined;
}

/** What only repositories of organisations can have. */
function requireOffered(
    { owner, secretScanning, access }: GitHubMirrorSettings,
    isOrganization: boolean,
) {
    if (isOrganization) return;
    const needs = (key: string, what: string) =>
        refuse(`${KEY}.${key}: ${owner} is a personal account, ${what}`);
    if (secretScanning) {
        needs("secretScanning", "whose private repositories GitHub does not scan: leave it out");
    }
    if (Object.keys(access?.teams ?? {}).length > 0) {
        needs("access.teams", "which has no teams: list users");
    }
    for (const [login, role] of Object.entries(access?.users ?? {})) {
        if (role !== "push")
            needs(`access.users.${login}`, `which knows no role but push, got ${role}`);
    }
}

/**
 * https://docs.github.com/en/get-started/learning-about-github/githubs-plans: not for private ones
 * on a free plan.
 */
async function offersRulesets(
    gitHub: GitHubApi,
    mirror: GitHubMirrorSettings,
    exists: boolean,
    organization: FoundOwner | undefined,
): Promise<boolean> {
    const { owner, repository, protect } = mirror;
    if (protect === false) return false;
    const reason = exists
        ? await whyNoRulesets(gitHub, mirror)
        : await whyFree(gitHub, owner, organization);
    if (reason === undefined) return true;
    const what = `GitHub offers no ruleset for ${owner}/${repository}: ${reason}`;
    if (protect) refuse(`${KEY}.protect: ${what}; leave it out, or upgrade`);
    void pulumi.log.warn(
        `${what}; whoever can write to it can rewrite its history (mirror.protect: false says that you know)`,
    );
    return false;
}

async function whyNoRulesets(
    gitHub: GitHubApi,
    mirror: GitHubMirrorSettings,
): Promise<string | undefined> {
    const { status, message } = await gitHub.ask(rulesetsOf(mirror));
    return status === 200 ? undefined : `${status} ${message}`;
}

/**
 * A plan is shown to its owner only; to others it may turn out in the update, before anything is
 * written.
 */
async function whyFree(
    gitHub: GitHubApi,
    owner: string,
    organization?: FoundOwner,
): Promise<string | undefined> {
    const user = organization ?? ((await gitHub.ask("user")).body as FoundOwner | undefined);
    return user?.plan?.name === "free" ? `${owner} is on the plan free` : undefined;
}
