import { posix } from "node:path";
import * as z from "zod";
import { isBasic, type Login } from "../../settings/schema.ts";
import type { SenderSettings } from "../../settings/settings.ts";
import { attempt } from "../../settings/attempt.ts";
import type { SenderKind, Target } from "../senderKind.ts";
import { mountedFiles, TOKEN, usernameBeside } from "./mountedFiles.ts";
import { mountSecret, snippet } from "./snippet.ts";
import { unconfigured } from "./unconfigured.ts";

/** An OpenTelemetry collector, whose own configuration names the files of the Secret. */
export interface CollectorSettings extends SenderSettings {
    /** The release of its components, such as `0.158.0`. */
    readonly version: string;
    readonly rereads: boolean;
}

const settings = z
    .strictObject({
        version: z
            .string()
            .regex(/^v?\d+\.\d+\.\d+$/, "must be a release, such as 0.158.0")
            .describe(
                "The release of its components: those between 0.139 and 0.157 may not see that a " +
                    "mounted Secret changed.",
            ),
        allowRestart: z
            .boolean()
            .default(false)
            .describe(
                "Whether somebody restarts such a release after every rotation. Previews then say so.",
            ),
    })
    .describe(
        "An OpenTelemetry collector with `bearertokenauth` or `basicauth` on the files of the Secret; `npm run " +
            "kinds -- opentelemetry-collector` prints its configuration. None is written.",
    );

/** Where pods find the Secret, unless told otherwise. */
const MOUNT = "/etc/otelcol/write-credential";

/**
 * A collector that watches the files of its Secret (contrib 0.158). After 0.138 releases skipped
 * what a kubelet does to a mounted file, a swapped link; 0.158 has a test of that.
 */
export const collector: SenderKind<CollectorSettings, z.infer<typeof settings>> = {
    settings,
    example: () => ({ version: "0.158.0" }),
    complete: ({ version, allowRestart }, { key }) => {
        const [, minor = 0] = version.replace("v", "").split(".").map(Number);
        const rereads = minor <= 138 || minor >= 158 || Number(version.split(".")[0]) > 0;
        attempt(key, () => {
            if (rereads || allowRestart) return;
            throw new Error(
                `version ${version} may not see that its Secret changed, and would push with what receivers refuse one ` +
                    "day: take 0.158.0 or newer, or set allowRestart and restart it after every rotation",
            );
        });
        return { version, rereads };
    },
    ...unconfigured,
    uptake: ({ rereads }) => ({ withinSeconds: 91, rereads }),
    ...mountedFiles,
    facts: {
        reads: "the mounted files, which it watches",
        inGap: "drops what is answered 401 or 403",
        tested: "0.158.0",
    },
    snippets: ({ secret }, target) => [
        snippet("Its configuration", collectorConfiguration(target)),
        snippet("Values of the chart opentelemetry-collector", {
            ...mountSecret(secret, MOUNT),
            config: collectorConfiguration(target),
        }),
    ],
};

/** A part of a collector's configuration. */
export interface CollectorConfiguration {
    readonly extensions: Readonly<Record<string, object>>;
    readonly exporters: Readonly<Record<string, object>>;
    readonly service: {
        readonly extensions: readonly string[];
        readonly pipelines: { readonly metrics: { readonly exporters: readonly string[] } };
    };
}

/** What a collector's configuration has for pushing to one URL, beside its receivers. */
export function collectorConfiguration(
    target: Pick<Target, "name" | "url"> & Login,
    mount = MOUNT,
): CollectorConfiguration {
    const { name, url, username, usernames } = target;
    const token = posix.join(mount, TOKEN);
    const client = {
        ...(usernames === "generation" ? { username_file: usernameBeside(token) } : { username }),
        password_file: token,
    };
    const basic = isBasic(target);
    const extension = `${basic ? "basicauth" : "bearertokenauth"}/${name}`;
    const exporter = `prometheusremotewrite/${name}`;
    return {
        extensions: {
            [extension]: basic ? { client_auth: client } : { filename: token },
        },
        exporters: { [exporter]: { endpoint: url, auth: { authenticator: extension } } },
        service: {
            extensions: [extension],
            pipelines: { metrics: { exporters: [exporter] } },
        },
    };
}
