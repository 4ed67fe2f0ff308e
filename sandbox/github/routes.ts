/**
 * What a fine-grained token may do, by the names of
 * https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
 */
export type Grants = Readonly<Partial<Record<Granted, "read" | "write">>>;

type Granted = "metadata" | "contents" | "administration" | "members" | "issues" | "pull_requests";

/** A comment on a pull request is one on an issue: either is enough for it. */
type Permission = Granted | "issues or pull_requests" | "none";

// What the emulator (0.12.2), or what stands beside it, answers as GitHub does, tried call by call.
// The emulator says 404 to what it does not know, which a provider takes for "gone" and acts on.
// GET needs the permission to read, the rest to write.
const KNOWN: readonly (readonly [methods: string, path: string, permission: Permission])[] = [
    ["GET", "/user", "none"],
    ["GET", "/orgs/*", "none"],
    ["GET", "/users/*", "none"],
    ["POST", "/user/repos", "administration"],
    ["POST", "/orgs/*/repos", "administration"],
    ["GET", "/orgs/*/memberships/*", "members"],
    ["GET", "/orgs/*/teams/*", "members"],
    ["GET", "/orgs/*/teams/*/memberships/*", "members"],
    ["PUT DELETE", "/organizations/*/team/*/repos/*/*", "administration"],
    ["GET", "/repos/*/*", "metadata"],
    ["PATCH DELETE", "/repos/*/*", "administration"],
    ["GET", "/repos/*/*/topics", "metadata"],
    ["PUT", "/repos/*/*/topics", "administration"],
    ["GET PUT DELETE", "/repos/*/*/contents/**", "contents"],
    ["GET", "/repos/*/*/commits", "contents"],
    ["GET", "/repos/*/*/commits/*", "contents"],
    ["GET", "/repos/*/*/branches", "contents"],
    ["GET", "/repos/*/*/branches/*", "contents"],
    ["GET PUT DELETE", "/repos/*/*/branches/*/protection", "administration"],
    ["POST", "/repos/*/*/branches/*/rename", "administration"],
    ["GET", "/repos/*/*/git/trees/*", "contents"],
    ["GET", "/repos/*/*/git/ref/**", "contents"],
    ["POST", "/repos/*/*/git/refs", "contents"],
    ["PATCH DELETE", "/repos/*/*/git/refs/**", "contents"],
    ["GET", "/repos/*/*/collaborators", "metadata"],
    ["PUT DELETE", "/repos/*/*/collaborators/*", "administration"],
    ["GET", "/repos/*/*/invitations", "administration"],
    ["PATCH DELETE", "/repos/*/*/invitations/*", "administration"],
    ["GET", "/repos/*/*/teams", "administration"],
    ["GET POST", "/repos/*/*/keys", "administration"],
    ["GET DELETE", "/repos/*/*/keys/*", "administration"],
    ["GET", "/repos/*/*/rulesets", "metadata"],
    ["POST", "/repos/*/*/rulesets", "administration"],
    ["GET", "/repos/*/*/rulesets/*", "metadata"],
    ["PUT DELETE", "/repos/*/*/rulesets/*", "administration"],
    ["GET PUT DELETE", "/repos/*/*/vulnerability-alerts", "administration"],
    ["GET POST", "/repos/*/*/issues", "issues"],
    ["PATCH", "/repos/*/*/issues/*", "issues"],
    ["GET POST", "/repos/*/*/issues/*/comments", "issues or pull_requests"],
    ["PATCH", "/repos/*/*/issues/comments/*", "issues or pull_requests"],
    ["POST", "/repos/*/*/pulls", "pull_requests"],
];
const ROUTES = KNOWN.map(([methods, path, permission]) => {
    const pattern = path.replaceAll("/**", "/.+").replaceAll("/*", "/[^/]+");
    return { methods: methods.split(" "), path: new RegExp(`^${pattern}$`), permission };
});

/**
 * What a request needs, or undefined when it is none that is known. The path is one without a
 * query.
 */
export function permissionFor(method: string, path: string): Permission | undefined {
    const found = ROUTES.find((route) => route.methods.includes(method) && route.path.test(path));
    return found?.permission;
}

/** Whether these grants are enough for a method. Who may write may read. */
export function isGranted(grants: Grants, method: string, permission: Permission): boolean {
    if (permission === "none") return true;
    return (permission.split(" or ") as Granted[]).some((one) => {
        const given = grants[one];
        return given === "write" || (given === "read" && method === "GET");
    });
}
