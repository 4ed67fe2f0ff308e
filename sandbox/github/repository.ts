// What the emulator lacks of a repository: who has access, deploy keys, rulesets and what these
// refuse.

/** What GitHub answers; no body where `json` is undefined. */
export interface RepositoryAnswer {
    readonly status: number;
    readonly json?: unknown;
}

/** A request to a repository. */
export interface RepositoryRequest {
    readonly method: string;
    /** What follows `/repos/<owner>/<name>/`, without a query. */
    readonly path: string;
    readonly query: URLSearchParams;
    /** The body's JSON; undefined without one. */
    readonly body: Readonly<Record<string, unknown>> | undefined;
    /** Whether who asks may administer the repository. */
    readonly administers: boolean;
}

/** What a {@link RepositoryExtras} needs to know of the account it is in. */
export interface Account {
    /** Full name of the repository. */
    readonly name: string;
    readonly organization: boolean;
    readonly free: boolean;
    /** All users but the owner. */
    readonly users: readonly string[];
    /** Slugs of the organisation's teams, by id. */
    readonly teams: ReadonlyMap<number, string>;
}

interface Ruleset {
    readonly id: number;
    readonly name: string;
    readonly target: string;
    readonly enforcement: string;
    readonly conditions: {
        readonly ref_name: { readonly include: string[]; readonly exclude: string[] };
    };
    readonly rules: readonly { readonly type: string }[];
}

const NOT_FOUND: RepositoryAnswer = { status: 404, json: { message: "Not Found" } };
const DONE: RepositoryAnswer = { status: 204 };
const ROLES = ["pull", "triage", "push", "maintain", "admin"];
const RULES = ["deletion", "non_fast_forward"];

let lastId = 1000;

/** One repository's rulesets, deploy keys, people and teams, kept in memory. */
export class RepositoryExtras {
    readonly #account: Account;
    readonly #rulesets = new Map<number, Ruleset>();
    readonly #keys = new Map<number, { title: string; key: string; read_only: boolean }>();
    readonly #people = new Map<string, string>();
    readonly #invited = new Map<number, { login: string; role: string }>();
    readonly #teams = new Map<number, string>();
    #alerts = false;

    constructor(account: Account) {
        this.#account = account;
    }

    /** Answers what is kept here, and what a ruleset refuses; undefined for all else. */
    answer(request: RepositoryRequest): RepositoryAnswer | undefined {
        const [first = "", second = "", ...rest] = request.path.split("/");
        if (first === "rulesets") return this.#answerRulesets(request, Number(second));
        if (first === "keys") return this.#answerKeys(request, Number(second));
        if (first === "collaborators") return this.#answerPeople(request, second);
        if (first === "invitations") return this.#answerInvitations(request, Number(second));
        if (first === "vulnerability-alerts") return this.#answerAlerts(request.method);
        if (first === "teams") return { status: 200, json: this.#listTeams() };
        if (first === "git" && second === "refs") return this.#refuseRef(request, rest.join("/"));
        return undefined;
    }

    /** Gives a team a role, or with none takes what it had. */
    setTeam(id: number, role: string | undefined): RepositoryAnswer {
        if (!this.#account.teams.has(id)) return NOT_FOUND;
        if (role === undefined) this.#teams.delete(id);
        else if (!ROLES.includes(role)) return invalid("permission is not a role");
        else this.#teams.set(id, role);
        return DONE;
    }

    #answerRulesets(request: RepositoryRequest, id: number): RepositoryAnswer {
        const { method } = request;
        if (this.#account.free) {
            const text =
                "Upgrade to GitHub Pro or make this repository public to enable this feature.";
            return { status: 403, json: { message: text } };
        }
        const brief = ({ id: one, name, target, enforcement }: Ruleset) => ({
            ...{ id: one, name, target, enforcement },
            ...{ source_type: "Repository", source: this.#account.name, node_id: `RRS_${one}` },
        });
        const show = (ruleset: Ruleset) => ({
            ...brief(ruleset),
            conditions: ruleset.conditions,
            rules: ruleset.rules,
            // "only returned if the user making the API call has write access to the ruleset"
            // (REST, rulesets)
            ...(request.administers && { bypass_actors: [] }),
        });
        if (Number.isNaN(id) || id === 0) {
            if (method === "POST") return this.#setRuleset(request, ++lastId, 201, show);
            return { status: 200, json: [...this.#rulesets.values()].map(brief) };
        }
        const found = this.#rulesets.get(id);
        if (!found) return NOT_FOUND;
        if (method === "GET") return { status: 200, json: show(found) };
        if (method === "PUT") return this.#setRuleset(request, id, 200, show);
        this.#rulesets.delete(id);
        return DONE;
    }

    #setRuleset(
        { body }: RepositoryRequest,
        id: number,
        status: number,
        show: (ruleset: Ruleset) => object,
    ): RepositoryAnswer {
        const ruleset = { ...body, id } as Ruleset;
        const { name, target, enforcement, rules } = ruleset;
        const { include, exclude } = ruleset.conditions.ref_name;
        if (!name || !["active", "disabled"].includes(enforcement))
            return invalid("Validation Failed");
        const unknown = [
            ...[target].filter((one) => one !== "branch"),
            ...[...include, ...exclude].filter((ref) => !/^refs\/heads\/[\w./-]+$/.test(ref)),
            ...rules.map(({ type }) => type).filter((type) => !RULES.includes(type)),
        ];
        if (unknown.length > 0) {
            const message = `the sandbox's GitHub does not know rulesets with ${unknown.join(", ")}`;
            return { status: 501, json: { message } };
        }
        this.#rulesets.set(id, ruleset);
        return { status, json: show(ruleset) };
    }

    /** What rules refuse of all that can be done to a branch without a commit. */
    #refuseRef({ method, body }: RepositoryRequest, ref: string): RepositoryAnswer | undefined {
        const rules = [...this.#rulesets.values()]
            .filter(({ enforcement }) => enforcement === "active")
            .filter(({ conditions: { ref_name: names } }) => names.include.includes(`refs/${ref}`))
            .flatMap((ruleset) => ruleset.rules.map(({ type }) => type));
        const refuse = (what: string) => invalid(`Repository rule violations found\n\n${what}\n\n`);
        if (method === "DELETE" && rules.includes("deletion"))
            return refuse("Cannot delete this branch");
        if (method === "PATCH" && body?.["force"] === true && rules.includes("non_fast_forward")) {
            return refuse("Cannot force-push to this branch");
        }
        return undefined;
    }

    #answerKeys({ method, body }: RepositoryRequest, id: number): RepositoryAnswer {
        const show = (one: number) => ({ id: one, ...this.#keys.get(one), verified: true });
        if (method === "POST") {
            const { title = "", key: given = "", read_only = false } = body ?? {};
            // GitHub drops the comment
            const key = String(given).trim().split(/\s+/).slice(0, 2).join(" ");
            if (!/^(ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/=]+$/.test(key)) {
                return invalid(
                    "Validation Failed",
                    "key is invalid. You must supply a key in OpenSSH public key format",
                );
            }
            if ([...this.#keys.values()].some((one) => one.key === key)) {
                return invalid("Validation Failed", "key is already in use");
            }
            this.#keys.set(++lastId, { title: String(title), key, read_only: read_only === true });
            return { status: 201, json: show(lastId) };
        }
        if (Number.isNaN(id) || id === 0)
            return { status: 200, json: [...this.#keys.keys()].map(show) };
        if (!this.#keys.has(id)) return NOT_FOUND;
        if (method === "GET") return { status: 200, json: show(id) };
        this.#keys.delete(id);
        return DONE;
    }

    /**
     * Whoever is no member of an organisation has to accept an invitation first; members of one
     * have it at once.
     */
    #answerPeople({ method, query, body }: RepositoryRequest, login: string): RepositoryAnswer {
        const { organization, users } = this.#account;
        if (method === "GET") {
            const people = [...this.#people].map(([name, role]) => person(name, role));
            const members = query.get("affiliation") === "outside" ? [] : people;
            return { status: 200, json: members };
        }
        const user = users.find((one) => one.toLowerCase() === login.toLowerCase());
        if (user === undefined) return NOT_FOUND;
        if (method === "DELETE") {
            this.#people.delete(user);
            return DONE;
        }
        // A personal repository knows one role, whatever is asked for.
        const role = organization ? ((body?.["permission"] ?? "push") as string) : "push";
        if (!ROLES.includes(role)) return invalid("permission is not a role");
        if (organization || this.#people.has(user)) {
            this.#people.set(user, role);
            return DONE;
        }
        this.#invited.set(++lastId, { login: user, role });
        return { status: 201, json: this.#showInvitation(lastId) };
    }

    #answerInvitations({ method, body }: RepositoryRequest, id: number): RepositoryAnswer {
        if (method === "GET") {
            const all = [...this.#invited.keys()].map((one) => this.#showInvitation(one));
            return { status: 200, json: all };
        }
        const found = this.#invited.get(id);
        if (!found) return NOT_FOUND;
        if (method === "DELETE") {
            this.#invited.delete(id);
            return DONE;
        }
        this.#invited.set(id, { ...found, role: String(body?.["permissions"]) });
        return { status: 200, json: this.#showInvitation(id) };
    }

    #showInvitation(id: number): object {
        const { login = "", role = "" } = this.#invited.get(id) ?? {};
        return { id, invitee: person(login, role), permissions: listedRole(role) };
    }

    #listTeams(): readonly object[] {
        return [...this.#teams].map(([id, permission]) => ({
            id,
            slug: this.#account.teams.get(id),
            permission,
        }));
    }

    #answerAlerts(method: string): RepositoryAnswer {
        if (method === "GET") return this.#alerts ? DONE : NOT_FOUND;
        this.#alerts = method === "PUT";
        return DONE;
    }
}

function person(login: string, role: string): object {
    return { login, role_name: listedRole(role) };
}

/** Two of the five roles have another name where GitHub lists them. */
function listedRole(role: string): string {
    return { pull: "read", push: "write" }[role] ?? role;
}

function invalid(message: string, detail?: string): RepositoryAnswer {
    const errors = detail === undefined ? [] : [{ code: "custom", field: "key", message: detail }];
    return { status: 422, json: { message, errors } };
}
