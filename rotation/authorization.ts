/** What a header `Authorization` holds: a bearer token, or a username and its password. Secret. */
export function authorizationOf(value: string, username: string | undefined): string {
    if (username === undefined) return `Bearer ${value}`;
    return `Basic ${Buffer.from(`${username}:${value}`).toString("base64")}`;
}

/**
 * The credential in such a header, whoever wrote it, and the username it goes with. A scheme other
 * than these is taken as it stands.
 */
export function readAuthorization(header: string): {
    readonly value: string;
    readonly username: string | undefined;
} {
    const [, scheme = "", rest = ""] = /^\s*(\S+)\s+(.*?)\s*$/.exec(header) ?? [];
    if (scheme.toLowerCase() === "bearer") return { value: rest, username: undefined };
    const [, username, value] =
        scheme.toLowerCase() === "basic"
            ? (/^([^:]*):(.*)$/s.exec(Buffer.from(rest, "base64").toString()) ?? [])
            : [];
    if (value === undefined) return { value: header.trim(), username: undefined };
    return { value, username };
}
