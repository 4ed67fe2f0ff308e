import { posix } from "node:path";
import type { Snippet } from "../senderKind.ts";
import { snippet } from "./snippet.ts";

interface Objects {
    readonly secret: string;
    readonly configMap: string;
    readonly credentialsFile: string;
}

/** What a user pastes, so that a Prometheus mounts what is written. */
export function prometheusSnippets(objects: Objects): readonly Snippet[] {
    const { secret, configMap, credentialsFile } = objects;
    const [credential, configuration] = ["write-credential", "configuration"];
    const mount = { mountPath: posix.dirname(credentialsFile), readOnly: true };
    const directory = "/etc/prometheus/configuration";
    return [
        snippet("Values of the chart prometheus", {
            server: {
                configMapOverrideName: configMap,
                extraSecretMounts: [{ name: credential, secretName: secret, ...mount }],
            },
        }),
        snippet("A pod of your own", {
            containers: [
                {
                    name: "prometheus",
                    args: [`--config.file=${directory}/prometheus.yml`],
                    volumeMounts: [
                        { name: credential, ...mount },
                        { name: configuration, mountPath: directory, readOnly: true },
                    ],
                },
            ],
            volumes: [
                { name: credential, secret: { secretName: secret } },
                { name: configuration, configMap: { name: configMap } },
            ],
        }),
    ];
}
