import * as z from "zod";
import { deployKeyFault, withoutComment } from "./deployKey.ts";
import { parseRemote, remoteFault } from "./gitRemote.ts";

const format = z
    .enum(["sealed", "sops"], 'must be "sealed" or "sops"')
    .default("sealed")
    .describe("How it is sealed: whole, or value by value as SOPS does.");

const relativePath = z
    .string()
    .regex(
        /^(?!\/)(?!.*\/\/)(?!(.*\/)?\.{1,2}(\/|$))\S+(?<!\/)$/,
        "must be a path inside the repository",
    );

const path = relativePath
    .optional()
    .describe("The sealed file. `<stack>.yaml.age`, or `<stack>.sops.yaml`, when left out.");

const githubRole = z.enum(["pull", "triage", "push", "maintain", "admin"]);

const githubName = z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, "must be letters, digits, dashes and underscores");

const deployKey = z.strictObject({
    title: z
        .string()
        .regex(
            /^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,99}$/,
            "must be 1 to 100 letters, digits, blanks and ._@-",
        )
        .describe("What GitHub calls it."),
    key: z
        .string()
        .superRefine((text, context) => {
            const message = deployKeyFault(text);
            if (message !== undefined) context.addIssue({ code: "custom", message });
        })
        .transform(withoutComment)
        .describe("An SSH public key."),
});

/** A mirror on GitHub, as written. */
export const gitHubMirror = z.strictObject({
    remote: z.undefined().optional(), // tells the two forms apart
    owner: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,39}$/, "must be a GitHub user or organisation")
        .describe("The GitHub user or organisation; `github:owner` must be the same."),
    repository: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,100}$/, "must be the name of a GitHub repository")
        .describe("The repository's name."),
    path,
    branch: z.string().min(1).default("main").describe("Where it is committed."),
    format,
    create: z
        .boolean()
        .default(true)
        .describe("Make the repository; false: use one that exists and is private."),
    protect: z
        .boolean()
        .optional()
        .describe("Let nobody delete or rewrite the branch. Where GitHub offers it when left out."),
    secretScanning: z
        .boolean()
        .optional()
        .describe("Have GitHub scan for secrets and refuse pushes that hold one."),
    access: z
        .strictObject({
            users: z.record(githubName, githubRole).default({}).describe("Roles by login."),
            teams: z.record(githubName, githubRole).default({}).describe("Roles by team's slug."),
        })
        .optional()
        .describe("Everybody who has access. Left as it is when left out."),
    deployKeys: z
        .array(deployKey)
        .optional()
        .describe("SSH public keys that can read the repository."),
});

const remote = z.string().superRefine((url, context) => {
    const fault = remoteFault(url);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
});

/** As git-check-ref-format has it, as far as it matters here. */
const branch = z
    .string()
    .regex(
        /^(?![-/])(?!.*(\/\/|\.\.|@\{|\/\.|\.lock(\/|$)))[^\s~^:?*[\\]+(?<![/.])$/,
        "must be the name of a branch",
    );

/** What git hands on in lines. The messages do not repeat the value. */
const oneLine = z.string().regex(/^[\x21-\x7e]+$/, "must be one word, without spaces");

/** A mirror on any Git host, as written. */
export const gitMirror = z
    .strictObject({
        remote: remote.describe(
            "`https://host/path`, `ssh://user@host/path` or `user@host:path`; no password in it.",
        ),
        path,
        branch: branch.default("main").describe("Where it is committed."),
        format,
        author: z
            .string()
            .regex(/^[^<>\s][^<>\n]* <[^<>\s]+>$/, 'must be "Name <address>"')
            .default("prometheus-write-secret <prometheus-write-secret@localhost>")
            .describe("Who commits are by, where the host takes only those of known people."),
        token: oneLine
            .optional()
            .meta({ secret: true })
            .describe(
                "HTTPS only, a secret: may read and write this repository, and ask the API about it.",
            ),
        username: oneLine
            .regex(/^[^:]+$/, "must hold no colon")
            .optional()
            .describe(
                "HTTPS only. `oauth2` when left out; on bitbucket.org `x-token-auth`, the name of " +
                    "its access tokens.",
            ),
        caFile: z
            .string()
            .min(1)
            .optional()
            .describe(
                "HTTPS only: the authorities to believe, in PEM, relative to the project. The " +
                    "system's when left out.",
            ),
        knownHosts: z
            .string()
            .min(1)
            .optional()
            .describe(
                "SSH only: the host keys to believe, relative to the project. " +
                    "`~/.ssh/known_hosts` when left out; always verified.",
            ),
    })
    .superRefine((mirror, context) => {
        if (remoteFault(mirror.remote) !== undefined) return;
        const { protocol } = parseRemote(mirror.remote);
        const [others, form] =
            protocol === "ssh"
                ? ([["token", "username", "caFile"], "an SSH"] as const)
                : ([["knownHosts"], "an HTTPS"] as const);
        for (const key of others.filter((name) => mirror[name] !== undefined)) {
            const message = `means nothing to ${form} remote: take it out`;
            context.addIssue({ code: "custom", path: [key], message });
        }
        if (protocol === "https" && mirror.token === undefined) {
            const message = "must be set, with --secret: what the HTTPS remote asks for";
            context.addIssue({ code: "custom", path: ["token"], message });
        }
    });

/** A union that says what is wrong with the form that was meant, rather than with both. */
export const mirrorSchema = z
    .looseObject({})
    .transform((mirror, context) => {
        const isRemote = "remote" in mirror;
        const isGitHub = "owner" in mirror || "repository" in mirror;
        if (isRemote === isGitHub) {
            const choice = "owner and repository, on GitHub, or remote, on any other Git host";
            const message = isRemote ? `must have either ${choice}` : `must have ${choice}`;
            context.addIssue({ code: "custom", message });
            return z.NEVER;
        }
        const form = isRemote ? gitMirror : gitHubMirror;
        const parsed = form.safeParse(mirror, { reportInput: true });
        if (parsed.success) return parsed.data;
        for (const issue of parsed.error.issues) context.issues.push(issue as never);
        return z.NEVER;
    })
    .describe("The private repository of the encrypted copy: on GitHub, or on any Git host.");

/** A mirror as configured. */
export type MirrorConfiguration = z.infer<typeof mirrorSchema>;
