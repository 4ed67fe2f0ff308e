import type { ReceiverConfiguration } from "./schema.ts";
import { isLoopback } from "./terms.ts";

/** Senders push to the path that the URL has: that is not for closing. */
export function refuseClosed(
    { url, closedPaths = [] }: { url: string; closedPaths?: readonly string[] },
    key: string,
): void {
    const { pathname } = new URL(url);
    const index = closedPaths.indexOf(pathname);
    if (index === -1) return;
    throw new Error(
        `${key}.closedPaths[${index}] is ${pathname}, where ${key}.url has senders push: take it out`,
    );
}

/** Whoever is on the way reads the credential, or answers in the receiver's place. */
export function refusePlainHttp(
    { url, probeUrls = [], metricsUrls = [], queryUrl }: Omit<ReceiverConfiguration, "allowHttp">,
    key: string,
): void {
    const list = (name: string, urls: readonly string[]) =>
        urls.map((one, index) => [`${name}[${index}]`, one] as const);
    const given = [
        ["url", url] as const,
        ...list("probeUrls", probeUrls),
        ...list("metricsUrls", metricsUrls),
        ...(queryUrl === undefined ? [] : [["queryUrl", queryUrl] as const]),
    ];
    for (const [field, text] of given) {
        const parsed = new URL(text);
        if (parsed.protocol !== "http:" || isLoopback(parsed)) continue;
        throw new Error(
            `${key}.${field} is plain http: the credential, and what proves it, could be read and changed on the way to ` +
                `${parsed.host}; give an https URL, or set ${key}.allowHttp to true`,
        );
    }
}
