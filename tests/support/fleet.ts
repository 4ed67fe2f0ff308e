import type { Memory } from "../../update/recorded.ts";
import type { GitHubMirrorSettings, ReceiverSettings, Settings } from "../../settings/settings.ts";

/** What is recorded of a new stack: nothing. */
export const NOTHING: Memory = {
    record: undefined,
    proven: undefined,
    senders: {},
    receivers: {},
    kept: [],
    labels: [],
    repository: undefined,
    mirrorForgotten: false,
    recipients: [],
    configurations: {},
};

/** A receiver called `east`. */
export function receiverSettings(changes: Partial<ReceiverSettings> = {}): ReceiverSettings {
    const url = "https://push.example/api/v1/write";
    return {
        name: "east",
        kind: "vmauth",
        namespace: "edge",
        secret: "east-auth",
        url,
        upstream: "http://store:8480",
        probeUrls: [url],
        connections: 1,
        ...changes,
    };
}

/** A mirror on GitHub: acme/vault. */
export const GITHUB_MIRROR: GitHubMirrorSettings = {
    owner: "acme",
    repository: "vault",
    path: "dev.yaml.age",
    recordPath: "dev.rotation.json",
    format: "sealed",
    branch: "main",
    create: true,
};

/** Settings with the receiver `east` and the sender `agent`. */
export function settingsOf(changes: Partial<Settings> = {}): Settings {
    return {
        rotation: "2027",
        length: 48,
        recipients: [],
        mirror: GITHUB_MIRROR,
        receivers: [receiverSettings()],
        senders: [
            {
                name: "agent",
                kind: "prometheus",
                namespace: "monitoring",
                secret: "agent-write-credential",
                configMap: "agent-configuration",
                configuration: "remote_write: []\n",
            },
        ],
        projectionLimitSeconds: 1,
        retired: [],
        retireWithoutProof: false,
        disuseSeconds: 0.05,
        ...changes,
    };
}
