import { posix } from "node:path";
import * as z from "zod";
import { attempt } from "../../settings/attempt.ts";
import type { Login } from "../../settings/schema.ts";
import type { SenderSettings } from "../../settings/settings.ts";
import type { SenderKind, Target } from "../senderKind.ts";
import { mountedFiles, TOKEN } from "./mountedFiles.ts";
import { snippet } from "./snippet.ts";
import { unconfigured } from "./unconfigured.ts";

const settings = z
    .strictObject({})
    .describe(
        "An Alloy whose configuration names the file of the Secret; `npm run kinds -- alloy` prints it. None is written. " +
            "One that asks Kubernetes for the Secret is of kind `secret`.",
    );

/** Where pods find the Secret, unless told otherwise. */
const MOUNT = "/etc/alloy/write-credential";

/**
 * Alloy with the credential in one file, read at every request (1.19): it pushes with the client
 * and the queue of Prometheus.
 */
export const alloy: SenderKind<SenderSettings, z.infer<typeof settings>> = {
    settings,
    example: () => ({}),
    complete: (_given, { key, login }) => {
        attempt(key, () => {
            refuseUsernames(login);
        });
        return {};
    },
    ...unconfigured,
    uptake: () => ({ withinSeconds: 90, rereads: true }),
    ...mountedFiles,
    facts: {
        reads: "the mounted file, at every request",
        inGap: "drops what is answered 401 or 403",
        tested: "1.19.2",
    },
    snippets: ({ secret }, target) => [
        { title: "Its configuration", language: "alloy", text: alloyConfiguration(target) },
        snippet("Values of the chart alloy", {
            controller: {
                volumes: {
                    extra: [{ name: "write-credential", secret: { secretName: secret } }],
                },
            },
            alloy: {
                mounts: {
                    extra: [{ name: "write-credential", mountPath: MOUNT, readOnly: true }],
                },
            },
        }),
    ],
};

/** It has no `username_file`, and a username that changes in its configuration restarts its queue. */
function refuseUsernames({ usernames }: Login): void {
    if (usernames !== "generation") return;
    throw new Error(
        "Alloy reads no username from a file, and loses what it has not pushed yet when it changes in its configuration: " +
            "take a receiver with one username for all generations, such as vmauth or nginx",
    );
}

/** What an Alloy's configuration has for pushing to one URL, beside what it scrapes. */
export function alloyConfiguration(
    { name, url, username }: Pick<Target, "name" | "url"> & Login,
    mount = MOUNT,
): string {
    const file = posix.join(mount, TOKEN);
    const authentication =
        username === undefined
            ? [`        bearer_token_file = "${file}"`]
            : [
                  "        basic_auth {",
                  `            username      = "${username}"`,
                  `            password_file = "${file}"`,
                  "        }",
              ];
    return [
        'prometheus.remote_write "write" {',
        "    endpoint {",
        `        name = "${name}"`,
        `        url  = "${url}"`,
        ...authentication,
        "    }",
        "}",
        "",
    ].join("\n");
}
