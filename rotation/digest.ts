import { createHash } from "node:crypto";

/** SHA-256 of a text, in hex. */
export function sha256(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

/** A stable fingerprint (SHA-256, hex) of anything JSON can hold. The order of keys counts. */
export function fingerprint(content: unknown): string {
    return sha256(JSON.stringify(content));
}
