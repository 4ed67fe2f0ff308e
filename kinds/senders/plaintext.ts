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
const FREE_KEYS: ReadonlySet<string> = new Set(["labels", "external_labels"]);

/** Under these keys are headers by name: in `remote_write`, and wherever a client is configured. */
const HEADER_KEYS: ReadonlySet<string> = new Set([
    "headers",
    "http_headers",
    "proxy_connect_header",
]);

/**
 * Headers that let nobody in: what RFC 9110 has a request say of its content, of its way and of
 * who sends it, and the names of tenants (Mimir, Cortex and Loki; Thanos; VictoriaMetrics). Any
 * other may be a credential, as each gateway has a header of its own for that.
 */
const OPEN_HEADERS =
    /^(?:accept|accept-.+|content-.+|cache-control|connection|from|host|origin|referer|user-agent|via|x-forwarded-.+|x-prometheus-.+|x-scope-orgid|thanos-tenant|accountid|projectid)$/i;

/**
 * Parameters of a URL that let somebody in, by what services call them. `auth` is none: the
 * exporter of SNMP takes the name of a profile there. `p` is one beside `u`: InfluxDB 1's password.
 */
const SECRET_PARAMETERS =
    /^(?:.*[-_.])?(?:(?:api|access|auth|license|subscription|write)?[-_.]?key|token|secret|pass|passwd|password|pwd|credentials?|jwt|sig|signature)$|^(?:access|auth|api)token$/i;

/** A secret that stands in a configuration in plain text. */
export interface Plaintext {
    /** Where, such as `remote_write[0].basic_auth.password`. */
    readonly path: string;
    /** What is wrong with it, and what to do: the rest of a sentence that begins with the path. */
    readonly fault: string;
}

const FIELD = "holds a secret in plain text; put it in a file and give that file's path instead";
const HEADER =
    "may hold a secret in plain text; give it by http_headers with files, which Prometheus reads since 2.55";
const ADDRESS =
    "holds a secret in plain text; have it read from a file by basic_auth, authorization or http_headers instead";

/**
 * The first secret that a Prometheus configuration holds in plain text, if any. URLs count in which
 * a user or a parameter is one, and headers but for those of {@link OPEN_HEADERS}.
 */
export function findPlaintext(content: unknown, path = ""): Plaintext | undefined {
    if (typeof content === "string") {
        return isCredentialed(content) ? { path, fault: ADDRESS } : undefined;
    }
    if (typeof content !== "object" || content === null) return undefined;
    for (const [key, value] of Object.entries(content) as [string, unknown][]) {
        const place = Array.isArray(content) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
        if (FREE_KEYS.has(key)) continue;
        // Elsewhere `key` is an ordinary word
        const inlineKey = key === "key" && path.endsWith("tls_config");
        if ((SECRET_KEYS.has(key) || inlineKey) && holdsText(value)) {
            return { path: place, fault: FIELD };
        }
        const named = HEADER_KEYS.has(key)
            ? findHeader(value, place)
            : key === "params"
              ? findParameter(value, place)
              : undefined;
        const found = named ?? findPlaintext(value, place);
        if (found !== undefined) return found;
    }
    return undefined;
}

/** `headers` has a text a name, `http_headers` a mapping in which `files` are paths. */
function findHeader(headers: unknown, path: string): Plaintext | undefined {
    for (const [name, value] of entriesOf(headers)) {
        if (OPEN_HEADERS.test(name)) continue;
        const place = `${path}.${name}`;
        if (holdsText(value)) return { path: place, fault: HEADER };
        const inline = entriesOf(value).find(
            ([key, texts]) => (key === "values" || key === "secrets") && holdsText(texts),
        );
        if (inline) return { path: `${place}.${inline[0]}`, fault: HEADER };
    }
    return undefined;
}

function findParameter(parameters: unknown, path: string): Plaintext | undefined {
    const found = entriesOf(parameters).find(
        ([name, value]) => SECRET_PARAMETERS.test(name) && holdsText(value),
    );
    return found && { path: `${path}.${found[0]}`, fault: ADDRESS };
}

function entriesOf(value: unknown): readonly [string, unknown][] {
    const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
    return isMapping ? Object.entries(value) : [];
}

function holdsText(value: unknown): boolean {
    if (Array.isArray(value)) return value.some(holdsText);
    return (typeof value === "string" && value !== "") || typeof value === "number";
}

/** A user without a password is a token as well: `https://<token>@host`. */
function isCredentialed(text: string): boolean {
    if (!URL.canParse(text)) return false;
    const { protocol, username, password, searchParams } = new URL(text);
    if (password !== "") return true;
    if (!/^https?:$/.test(protocol)) return false;
    return (
        username !== "" ||
        [...searchParams].some(
            ([name, value]) =>
                value !== "" &&
                (SECRET_PARAMETERS.test(name) || (name === "p" && searchParams.has("u"))),
        )
    );
}
