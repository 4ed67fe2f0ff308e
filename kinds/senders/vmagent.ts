import { posix } from "node:path";
import * as z from "zod";
import type { Login } from "../../settings/schema.ts";
import type { SenderSettings } from "../../settings/settings.ts";
import type { SenderKind, Target } from "../senderKind.ts";
import { mountedFiles, TOKEN, usernameBeside } from "./mountedFiles.ts";
import { mountSecret, snippet } from "./snippet.ts";
import { unconfigured } from "./unconfigured.ts";

const settings = z
    .strictObject({})
    .describe(
        "A vmagent whose flags name the files of the Secret; `npm run kinds -- vmagent` prints them. No " +
            "configuration is written.",
    );

/** Where pods find the Secret, unless told otherwise. */
export const MOUNT = "/etc/vmagent/write-credential";

/**
 * vmagent with the files of its Secret named by flags, which it reads again once a second (1.150).
 *
 * It tries a batch again for ever that is answered 401 or 403, and keeps it on disk meanwhile.
 */
export const vmagent: SenderKind<SenderSettings, z.infer<typeof settings>> = {
    settings,
    example: () => ({}),
    complete: () => ({}),
    ...unconfigured,
    uptake: () => ({ withinSeconds: 91, rereads: true }),
    ...mountedFiles,
    facts: {
        reads: "the mounted files, once a second",
        inGap: "keeps it on disk, and tries again",
        tested: "1.150.0",
    },
    snippets: ({ secret }, target) => [
        { title: "Its flags", language: "sh", text: `${vmagentFlags(target).join("\n")}\n` },
        snippet("Values of the chart victoria-metrics-agent", {
            remoteWrite: [Object.fromEntries(flagsOf(target, MOUNT))],
            ...mountSecret(secret, MOUNT),
        }),
    ],
};

/**
 * The flags by which a vmagent pushes to one URL. Each is a list with a value for each URL: without
 * one for the others, it would be for all, and hand them the credential.
 */
export function vmagentFlags(
    target: Pick<Target, "url"> & Login,
    mount = MOUNT,
): readonly string[] {
    return flagsOf(target, mount).map(([flag, value]) => `-remoteWrite.${flag}=${value}`);
}

function flagsOf(
    { url, username, usernames }: Pick<Target, "url"> & Login,
    mount: string,
): readonly (readonly [string, string])[] {
    const token = posix.join(mount, TOKEN);
    const flags =
        usernames === "generation"
            ? { "basicAuth.usernameFile": usernameBeside(token), "basicAuth.passwordFile": token }
            : username === undefined
              ? { bearerTokenFile: token }
              : { "basicAuth.username": username, "basicAuth.passwordFile": token };
    return Object.entries({ url, ...flags });
}
