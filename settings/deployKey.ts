/**
 * What GitHub takes as a deploy key: https://docs.github.com/en/rest/deploy-keys, and OpenSSH's
 * names of key types.
 */
const TYPES: ReadonlySet<string> = new Set([
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
]);

/** Type and key, as GitHub keeps them: it drops the comment. */
export function withoutComment(key: string): string {
    return key.trim().split(/\s+/).slice(0, 2).join(" ");
}

/**
 * What is wrong with the text as an SSH public key, or undefined when nothing is. The text is never
 * repeated in it, because it may be a private key.
 */
export function deployKeyFault(text: string): string | undefined {
    if (/PRIVATE KEY|^PuTTY-User-Key-File/m.test(text)) {
        return "is a private key: give the public one, the line of its .pub file, and make a new pair if this went further than here";
    }
    const [type = "", encoded = ""] = text.trim().split(/\s+/);
    const isKey = !/[\r\n]/.test(text.trim()) && TYPES.has(type) && innerType(encoded) === type;
    return isKey
        ? undefined
        : `must be an SSH public key on one line, such as "ssh-ed25519 AAAA...": the line of a .pub file`;
}

/**
 * The type a key's bytes begin with: RFC 4253, section 6.6, a string after its length in 4 bytes.
 */
function innerType(encoded: string): string | undefined {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
    const bytes = Buffer.from(encoded, "base64");
    if (bytes.length < 4) return undefined;
    const end = 4 + bytes.readUInt32BE(0);
    return end < bytes.length ? bytes.subarray(4, end).toString("latin1") : undefined;
}
