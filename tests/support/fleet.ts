import type { Recorded } from "../../update/recorded.ts";
import type { VmauthSettings } from "../../kinds/receivers/vmauth.ts";
import type { PrometheusSettings } from "../../kinds/senders/prometheus.ts";
import type { GitHubMirrorSettings } from "../../settings/mirrorSettings.ts";
import type { Settings, WrittenReceiver } from "../../settings/settings.ts";

/** What is recorded of a new stack: nothing. */
export const NOTHING: Recorded = {
    record: undefined,
    signed: false,
    proven: undefined,
    senders: {},
    receivers: {},
    kept: [],
    values: {},
    tokens: {},
    minted: {},
    refused: [],
    adoptions: {},
    paths: {},
    logins: {},
    cluster: {},
    labels: [],
    repository: undefined,
    mirrorForgotten: false,
    mirrorFiles: [],
    mirrorPushes: [],
    sealed: {},
    recipients: [],
    configurations: {},
    forced: [],
    objects: [],
    formerNames: { receivers: {}, senders: {} },
};

/** A receiver called `east`, unless named otherwise. */
export function receiverSettings(
    changes: Partial<VmauthSettings & WrittenReceiver> = {},
): VmauthSettings & WrittenReceiver {
    const url = "https://push.example/api/v1/write";
    const name = changes.name ?? "east";
    return {
        name,
        kind: "vmauth",
        namespace: "edge",
        secret: `${name}-auth`,
        url,
        upstream: "http://store:8480",
        probeUrls: [url],
        connections: 1,
        ...changes,
    };
}

/** A sender called `agent`, unless named otherwise, that pushes to `east`. */
export function senderSettings(changes: Partial<PrometheusSettings> = {}): PrometheusSettings {
    const name = changes.name ?? "agent";
    return {
        name,
        kind: "prometheus",
        namespace: "monitoring",
        secret: `${name}-write-credential`,
        receiver: "east",
        configMap: `${name}-configuration`,
        configuration: { path: "prometheus.yml", text: "scrape_configs: []\n" },
        credentialsFile: "/etc/prometheus/write-credential/token",
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
        usernames: "shared",
        length: 48,
        recipients: [],
        mirror: GITHUB_MIRROR,
        receivers: [receiverSettings()],
        senders: [senderSettings()],
        hosts: [],
        projectionLimitSeconds: 1,
        retired: [],
        retireWithoutProof: false,
        disuseSeconds: 0.05,
        ...changes,
    };
}
