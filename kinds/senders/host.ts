import { posix } from "node:path";
import * as z from "zod";
import type { SenderSettings } from "../../settings/settings.ts";
import type { SenderKind } from "../senderKind.ts";
import { mountedFiles, TOKEN } from "./mountedFiles.ts";
import { authentication } from "./prometheus.ts";
import { snippet } from "./snippet.ts";
import { unconfigured } from "./unconfigured.ts";

const settings = z
    .strictObject({})
    .describe(
        "A Prometheus, or anything else that reads files, on a machine without Kubernetes: a timer there runs " +
            "`npm run pull`, which takes the credential from the mirror. It has `name` and `receiver` of the above; " +
            "[Hosts](hosts.md) tells how it is set up. Nothing is written for it.",
    );

/** Where it finds the credential, in what is printed and in `examples/systemd/`. */
const DIRECTORY = "/etc/prometheus/write-credential";

/** As often as `examples/systemd/write-credential-pull.timer` has it, and a minute more. */
export const PULL_SECONDS = 360;

/**
 * A machine that takes what it pushes with from the mirror, once the record of the rotation is
 * there.
 *
 * Nothing here sees whether it has: it counts as a user of all that receivers accept, until their
 * counters say that nobody is.
 */
export const host: SenderKind<SenderSettings, z.infer<typeof settings>> = {
    external: true,
    settings,
    example: () => ({}),
    complete: () => ({}),
    ...unconfigured,
    uptake: () => ({ withinSeconds: PULL_SECONDS, rereads: true }),
    ...mountedFiles,
    facts: {
        reads: "a file that `npm run pull` replaces, at every request",
        inGap: "drops what is answered 401 or 403",
        tested: "a Prometheus 3.14.0",
    },
    snippets: (_settings, { name, url, ...login }) => [
        snippet("Its prometheus.yml", {
            remote_write: [
                {
                    name,
                    url,
                    ...authentication({
                        ...login,
                        credentialsFile: posix.join(DIRECTORY, TOKEN),
                    }),
                },
            ],
        }),
        {
            title: "What its timer runs, as examples/systemd/write-credential-pull.service has it",
            language: "sh",
            text:
                "npm run pull -- --repository git@git.example.com:ops/credentials.git \\\n" +
                "    --identity identity.txt --verification-key verification.pub \\\n" +
                `    --url ${url} --to ${DIRECTORY}\n`,
        },
    ],
};
