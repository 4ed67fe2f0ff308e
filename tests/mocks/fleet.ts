import type { Memory } from "../../lib/memory.ts";
import type { ReceiverSettings, Settings } from "../../lib/settings.ts";

/** What is recorded of a new stack: nothing. */
export const NOTHING: Memory = {
    record: undefined,
    proven: undefined,
    senders: {},
    receivers: {},
    kept: [],
    labels: [],
    repository: undefined,
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

/** Settings with the receiver `east` and the sender `agent`. */
export function settingsOf(changes: Partial<Settings> = {}): Settings {
    return {
        rotation: "2027",
        length: 48,
        recipients: [],
        mirror: {
            owner: "acme",
            repository: "vault",
            path: "dev.yaml.age",
            recordPath: "dev.rotation.json",
            format: "sealed",
            branch: "main",
            create: true,
        },
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
