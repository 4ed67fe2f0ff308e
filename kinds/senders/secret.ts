import * as z from "zod";
import { authorizationOf, readAuthorization } from "../../rotation/authorization.ts";
import { attempt } from "../../settings/attempt.ts";
import { isBasic, type Login } from "../../settings/schema.ts";
import type { SenderSettings } from "../../settings/settings.ts";
import type { SenderKind } from "../senderKind.ts";
import { type SecretKeys, secretSnippets } from "./secretSnippets.ts";
import { unconfigured } from "./unconfigured.ts";

/** Whatever reads keys of its own choosing in a Secret, which its own configuration refers to. */
export interface SecretSettings extends SenderSettings {
    readonly keys: SecretKeys;
    /** Within which it pushes with a changed value. */
    readonly propagationSeconds: number;
    /** Whether it reads again while it runs, or only when it starts. */
    readonly rereads: boolean;
}

const ROLES = ["username", "password", "token", "authorization"] as const;

const key = z
    .string()
    .max(253)
    .regex(/^(?!\.+$)[-._a-zA-Z0-9]+$/, "must be a key of a Secret: letters, digits, -, _ and .");

const settings = z
    .strictObject({
        keys: z
            .strictObject({
                username: key.optional().describe("The key that holds the username."),
                password: key.optional().describe("The key that holds its password."),
                token: key.optional().describe("The key that holds the bearer token."),
                authorization: key
                    .optional()
                    .describe(
                        "The key that holds a whole `Authorization` header, such as `Bearer <token>`.",
                    ),
            })
            .describe("Where the sender looks for what: one of the last three at least."),
        propagationSeconds: z
            .int()
            .min(1)
            .max(3600)
            .default(120)
            .describe(
                "Within how long it pushes with a changed value: 90 s for a mounted file, 60 s for " +
                    "Alloy's `remote.kubernetes.secret`, minutes for a Prometheus of the operator.",
            ),
        rereads: z
            .boolean()
            .default(true)
            .describe(
                "Whether it reads again while it runs. `false` for environment variables and what " +
                    "reads only when it starts: previews then say that it must be restarted.",
            ),
    })
    .describe(
        "Whatever reads a Secret that its own configuration refers to: Alloy, a VMAgent, OpenShift's " +
            "monitoring, an OpenTelemetry collector. No configuration is written.",
    );

/**
 * A Secret alone, with the keys that its reader's configuration names. The value is in each that is
 * named; who reads two keys must get them at once, as from the API, or a mounted directory.
 */
export const secret: SenderKind<SecretSettings, z.infer<typeof settings>> = {
    settings,
    example: (login) => ({
        keys: isBasic(login) ? { username: "username", password: "password" } : { token: "token" },
    }),
    complete: ({ keys, propagationSeconds, rereads }, { key, login }) => {
        const named = Object.fromEntries(
            ROLES.flatMap((role) => (keys[role] === undefined ? [] : [[role, keys[role]]])),
        );
        attempt(key, () => {
            refuseKeys(named, login);
        });
        return { keys: named, propagationSeconds, rereads };
    },
    ...unconfigured,
    facts: {
        reads: "the keys it is configured to read",
        inGap: "does as its reader does: most drop it",
        tested: "with a Prometheus 3.14.0",
    },
    snippets: secretSnippets,
    uptake: ({ propagationSeconds: withinSeconds, rereads }) => ({ withinSeconds, rereads }),
    credential: ({ keys }, target, { value, username = target.username }) => {
        const parts = {
            ...{ username, password: value, token: value },
            authorization: authorizationOf(value, username),
        };
        return Object.fromEntries(
            ROLES.flatMap((role) => {
                const [name, text] = [keys[role], parts[role]];
                return name === undefined || text === undefined ? [] : [[name, text]];
            }),
        );
    },
    valueIn: ({ keys }, files) => {
        const [password, token, header] = (["password", "token", "authorization"] as const).map(
            (role) => files[keys[role] ?? ""],
        );
        const value = password ?? token;
        return (value ?? (header && readAuthorization(header).value))?.trim();
    },
};

/** What the receivers' form of credential has no use for, or would miss. */
function refuseKeys(keys: SecretKeys, login: Login): void {
    const names = Object.values(keys);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`keys: ${twice} is named for two of them`);
    const { password, token, authorization } = keys;
    if ((password ?? token ?? authorization) === undefined) {
        throw new Error("keys must name password, token or authorization");
    }
    const basic = isBasic(login);
    if (basic && token !== undefined) {
        throw new Error(
            "keys.token is for a bearer token, but receivers take a username and a password: name keys.password",
        );
    }
    if (!basic && (keys.username ?? password) !== undefined) {
        throw new Error(
            "keys.username and keys.password are for basic authentication, but receivers take a bearer token: " +
                "name keys.token, or set username",
        );
    }
    if (login.usernames === "generation" && (keys.username ?? authorization) === undefined) {
        throw new Error("keys.username is missing, as each generation has a username of its own");
    }
}
