/**
 * Keys whose value Prometheus' configuration keeps as a secret: every field of type `Secret` in
 * prometheus 3.14, prometheus/common 0.70 and prometheus/sigv4 0.4.
 */
const SECRET_KEYS: ReadonlySet<string> = new Set([
    "application_credential_secret",
    "application_secret",
    "auth_token",
    "bearer_token",
    "certificate_password",
    "client_certificate_key",
    "client_secret",
    "consumer_key",
    "credentials",
    "key_passphrase",
    "password",
    "private_key",
    "secret_key",
    "secrets",
    "service_account_key",
    "token",
]);

/** Under these keys the names are the user's own, so that `labels: { token: a }` is no secret. */
const FREE_KEYS: ReadonlySet<string> = new Set(["labels", "external_labels", "params"]);

/**
 * Where a Prometheus configuration holds a secret in plain text: the path of the first one, such as
 * `remote_write[0].basic_auth.password`, or undefined. A URL with a password in it counts.
 */
export function findPlaintext(content: unknown, path = ""): string | undefined {
    if (typeof content === "string") return hasPassword(content) ? path : undefined;
    if (typeof content !== "object" || content === null) return undefined;
    for (const [key, value] of Object.entries(content) as [string, unknown][]) {
        const place = Array.isArray(content) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
        if (FREE_KEYS.has(key)) continue;
        // Elsewhere `key` is an ordinary word
        const inlineKey = key === "key" && path.endsWith("tls_config");
        if ((SECRET_KEYS.has(key) || inlineKey) && holdsText(value)) return place;
        const found = findPlaintext(value, place);
        if (found !== undefined) return found;
    }
    return undefined;
}

function holdsText(value: unknown): boolean {
    if (Array.isArray(value)) return value.some(holdsText);
    return (typeof value === "string" && value !== "") || typeof value === "number";
}

function hasPassword(text: string): boolean {
    return URL.canParse(text) && new URL(text).password !== "";
}
