import type { OwnedObject } from "../../holders/objects.ts";
import type { Reader, Subject, Written } from "./manifests.ts";

/** The objects of Kubernetes among what a stack owns, each once. */
export function writtenOf(owned: readonly OwnedObject[]): readonly Written[] {
    const identities = [...new Set(owned.map(({ identity }) => identity))];
    return identities.flatMap((identity) => {
        const [, kind, namespace = "", name = ""] =
            /^(Secret|ConfigMap) ([^/]+)\/(.+)$/.exec(identity) ?? [];
        return kind === "Secret" || kind === "ConfigMap" ? [{ kind, namespace, name }] : [];
    });
}

/** Who is meant by `User:<name>`, `Group:<name>` or `ServiceAccount:<namespace>/<name>`. */
export function parseDeployer(text: string): Subject {
    const [, kind, name = ""] = /^(User|Group):(.+)$/.exec(text) ?? [];
    if (kind === "User" || kind === "Group") return { kind, name };
    const [, namespace, account] = /^ServiceAccount:([^/]+)\/([^/]+)$/.exec(text) ?? [];
    if (namespace !== undefined && account !== undefined) {
        return { kind: "ServiceAccount", namespace, name: account };
    }
    throw new Error(
        `--deployer must be User:<name>, Group:<name> or ServiceAccount:<namespace>/<name>, got ${text}`,
    );
}

/** Who reads whose Secret, by `<sender or receiver>=<ServiceAccount>`. */
export function parseReader(text: string, owned: readonly OwnedObject[]): Reader {
    const [, name, serviceAccount] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
    if (name === undefined || serviceAccount === undefined) {
        throw new Error(`--reader must be <sender or receiver>=<ServiceAccount>, got ${text}`);
    }
    const [secret, other] = writtenOf(
        owned.filter((one) => one.name === name && one.key === "secret"),
    );
    if (secret && !other) return { secret, serviceAccount };
    const names = [...new Set(owned.map((one) => one.name))].join(", ");
    throw new Error(
        secret
            ? `--reader ${name} is a sender and a receiver: give one of them another name`
            : `--reader must name a sender or receiver (${names}), got ${name}`,
    );
}
