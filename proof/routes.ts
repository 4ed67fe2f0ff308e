import { isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** What systems say where nothing leads to a whole family of addresses (connect(2)). */
const NO_FAMILY: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "ENETUNREACH"]);

/**
 * Whether the failure says that nothing leads from here to any address such as this one, rather
 * than that it does not answer.
 *
 * EHOSTUNREACH says both: macOS and some gateways answer it for want of IPv6, and anybody does for
 * a host of the same network that is down. It counts where this machine has no address of the kind.
 */
export function isUnroutable(
    address: string,
    code: string | undefined,
    own: readonly string[] = ownAddresses(),
): boolean {
    if (code === "EHOSTUNREACH") return !own.some((one) => scopeOf(one) === scopeOf(address));
    return code !== undefined && NO_FAMILY.has(code);
}

/** RFC 4291, section 2.5.4: 2000::/3 is what has been given out; the others lead not far. */
function scopeOf(address: string): string {
    if (isIP(address) === 4) return "IPv4";
    return /^[23][0-9a-f]{3}:/i.test(address) ? "IPv6" : "IPv6 of a site";
}

function ownAddresses(): readonly string[] {
    return Object.values(networkInterfaces())
        .flatMap((found) => found ?? [])
        .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
        .map(({ address }) => address);
}
