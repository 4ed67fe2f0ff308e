import * as pulumi from "@pulumi/pulumi";
import type { GitHubApi } from "./gitHubApi.ts";
import type { GitHubMirrorSettings } from "../../settings/mirrorSettings.ts";
import { refuse } from "../refuse.ts";

const SHOWN = 10; // names in a warning, which is one line
/** How many GitHub lists at once, at most. */
const PAGE = 100;

/**
 * What is listed of a repository, as far as it is read:
 * https://docs.github.com/en/rest/collaborators
 */
interface Listed {
    readonly login?: string;
    readonly role_name?: string;
    readonly slug?: string;
    readonly permission?: string;
    readonly invitee?: { readonly login: string } | null;
    readonly permissions?: unknown;
    readonly title?: string;
    readonly key?: string;
}

/**
 * Refuses an access list that would take the repository from this program's own identity: from the
 * token's user, unless it is listed as admin, is in a team that is, or owns the organisation. An
 * app is on no such list.
 */
export async function requireOwnAccess(
    gitHub: GitHubApi,
    { owner, repository, access }: GitHubMirrorSettings,
): Promise<void> {
    const login = await identity(gitHub);
    if (!access || login === undefined) return;
    const listed = Object.entries(access.users).find(([user]) => same(user, login));
    if (listed?.[1] === "admin") return;
    const membership = await gitHub.ask(`orgs/${owner}/memberships/${login}`);
    if ((membership.body as { role?: string } | undefined)?.role === "admin") return;
    for (const [team, role] of Object.entries(access.teams)) {
        if (role !== "admin") continue;
        const member = await gitHub.ask(`orgs/${owner}/teams/${team}/memberships/${login}`);
        if ((member.body as { state?: string } | undefined)?.state === "active") return;
    }
    refuse(
        `mirror.access would take ${owner}/${repository} from ${login}, whom the GitHub token ` +
            `belongs to: list users.${login}: admin, or a team it is in`,
    );
}

/**
 * Refuses an owner for whom the token cannot make a repository. The provider makes it under the
 * token's own account where the owner is no organisation, and only then looks for it at the owner.
 */
export async function requireMaker(
    gitHub: GitHubApi,
    { owner, repository }: GitHubMirrorSettings,
    isOrganization: boolean,
): Promise<void> {
    const login = await identity(gitHub);
    if (!isOrganization) {
        if (login !== undefined && same(owner, login)) return;
        const whose =
            login === undefined
                ? "an app's, which makes repositories in organisations alone"
                : `${login}'s, under whom ${repository} would be made`;
        refuse(
            `mirror.owner ${owner} is no organisation on GitHub, and the token is ${whose}: name ` +
                `${login === undefined ? "an organisation" : `${login} or an organisation`}, in mirror.owner and github:owner`,
        );
    }
    if (login === undefined) return; // an app is no member, and may be allowed to
    // 403: the token may not ask.
    const { status } = await gitHub.ask(`orgs/${owner}/memberships/${login}`);
    if (status !== 404) return;
    refuse(
        `mirror.owner: ${login}, whom the GitHub token belongs to, is no member of ${owner}, and cannot make ` +
            `${owner}/${repository}: name another owner, use a token of a member, or have the repository made and set mirror.create to false`,
    );
}

/**
 * Names, in a line each, whoever has access and is not listed, and the deploy keys that are not.
 */
export async function warnOfOthers(
    gitHub: GitHubApi,
    mirror: GitHubMirrorSettings,
    isOrganization: boolean,
): Promise<void> {
    const { owner, repository, access, create } = mirror;
    const name = `${owner}/${repository}`;
    const list = (path: string, query?: string) => listAll(gitHub, `${name}/${path}`, query);
    gitHub.askAhead(listsOf(mirror, isOrganization));
    const own = [owner, (await identity(gitHub)) ?? owner];
    const users = (await list("collaborators", affiliationOf(mirror)))
        .map(({ login = "", role_name = "" }) => ({ login, role: roleOf(role_name) }))
        .filter(({ login }) => !own.some((one) => same(one, login)));
    const invited = (await list("invitations")).map(({ invitee, permissions }) => ({
        login: invitee?.login ?? "somebody by e-mail",
        role: `${roleOf(String(permissions))}, invited`,
    }));
    const teams = isOrganization ? await list("teams") : [];
    const others = [
        ...[...users, ...invited]
            .filter(
                ({ login }) => !Object.keys(access?.users ?? {}).some((one) => same(one, login)),
            )
            .map(({ login, role }) => `${login} (${role})`),
        ...teams
            .filter(({ slug = "" }) => !(slug in (access?.teams ?? {})))
            .map(({ slug = "", permission = "" }) => `team ${slug} (${permission})`),
    ];
    if (others.length > 0) {
        const advice = access
            ? "mirror.access does not list them, and pulumi up shuts them out"
            : create
              ? "list in mirror.access who may have access"
              : "each of them can read its history";
        warn(`${name} is also open to ${enumerate(others)}: ${advice}`);
    }
    const listedKeys = (mirror.deployKeys ?? []).map(({ key }) => key);
    const keys = (await list("keys")).filter(({ key = "" }) => !listedKeys.includes(key));
    if (keys.length > 0) {
        const titles = enumerate(keys.map(({ title = "" }) => title));
        warn(
            `${name} can be read with deploy keys that mirror.deployKeys does not list: ${titles}; delete them on GitHub, or list them`,
        );
    }
}

/** The login of the token's user; undefined for an app, which GitHub answers 403. */
async function identity(gitHub: GitHubApi): Promise<string | undefined> {
    return ((await gitHub.ask("user")).body as { login?: string } | undefined)?.login;
}

/** The first pages of all that {@link warnOfOthers} lists, to be asked ahead. */
export function listsOf(mirror: GitHubMirrorSettings, isOrganization: boolean): readonly string[] {
    const name = `${mirror.owner}/${mirror.repository}`;
    return [
        pageOf(`${name}/collaborators`, 1, affiliationOf(mirror)),
        ...["invitations", ...(isOrganization ? ["teams"] : []), "keys"].map((what) =>
            pageOf(`${name}/${what}`, 1),
        ),
    ];
}

function affiliationOf({ access }: GitHubMirrorSettings): string {
    return `affiliation=${access ? "direct" : "all"}&`;
}

/** The endpoint of a page, from 1, of what is listed of a repository. */
export function pageOf(path: string, page: number, query = ""): string {
    return `repos/${path}?${query}per_page=${PAGE}&page=${page}`;
}

/** None where the token may not see them. */
async function listAll(
    gitHub: GitHubApi,
    path: string,
    query?: string,
): Promise<readonly Listed[]> {
    const all: Listed[] = [];
    for (let page = 1; ; page++) {
        const { body } = await gitHub.ask(pageOf(path, page, query));
        const some = (body ?? []) as readonly Listed[];
        all.push(...some);
        if (some.length < PAGE) return all;
    }
}

/** Two of the five roles have another name where GitHub lists them. */
function roleOf(listed: string): string {
    return { read: "pull", write: "push" }[listed] ?? listed;
}

function same(one: string, other: string): boolean {
    return one.toLowerCase() === other.toLowerCase(); // as GitHub has it with logins
}

function enumerate(names: readonly string[]): string {
    const more = names.length - SHOWN;
    return names.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function warn(line: string): void {
    void pulumi.log.warn(line);
}
