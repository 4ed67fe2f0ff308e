import assert from "node:assert/strict";
import { isUnroutable } from "../../proof/routes.ts";

describe("isUnroutable", () => {
    const OWN = ["192.0.2.2", "fd00::2"];
    const cases: readonly (readonly [string, string | undefined, readonly string[], boolean])[] = [
        ["2001:db8::1", "ENETUNREACH", OWN, true],
        ["2001:db8::1", "EADDRNOTAVAIL", OWN, true],
        ["2001:db8::1", "EAFNOSUPPORT", OWN, true],
        ["2001:db8::1", "EHOSTUNREACH", OWN, true],
        ["2001:db8::1", "EHOSTUNREACH", [...OWN, "2001:db8::2"], false],
        ["fd00::1", "EHOSTUNREACH", OWN, false],
        ["192.0.2.1", "EHOSTUNREACH", OWN, false],
        ["192.0.2.1", "EHOSTUNREACH", ["2001:db8::2"], true],
        ["2001:db8::1", "ECONNREFUSED", OWN, false],
        ["2001:db8::1", "ETIMEDOUT", OWN, false],
        ["2001:db8::1", undefined, OWN, false],
    ];
    for (const [address, code = "no code", own, expected] of cases) {
        it(`says ${expected} of ${address} and ${code} at ${own.join(" and ")}`, () => {
            const given = code === "no code" ? undefined : code;
            assert.equal(isUnroutable(address, given, own), expected);
        });
    }
});
