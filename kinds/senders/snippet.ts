import { stringify } from "yaml";
import type { Snippet } from "../senderKind.ts";

/** What a user pastes, as YAML. */
export function snippet(title: string, content: object): Snippet {
    return { title, language: "yaml", text: stringify(content, { lineWidth: 0 }) };
}

/** What mounts a Secret into pods, under the names that most charts have for it. */
export function mountSecret(secret: string, mountPath: string): object {
    const name = "write-credential";
    return {
        extraVolumes: [{ name, secret: { secretName: secret } }],
        extraVolumeMounts: [{ name, mountPath, readOnly: true }],
    };
}
