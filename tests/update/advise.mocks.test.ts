import assert from "node:assert/strict";
import { adviseOnLeftOut } from "../../update/advise.ts";
import { run } from "../support/mocks.ts";

describe("adviseOnLeftOut", () => {
    it("names a receiver once, however often it is asked", async () => {
        const verdict = { kind: "accepted", reason: "it answered 204" } as const;
        const leftOut = { ...verdict, leftOut: "IPv6 (ENETUNREACH)" };
        const { said } = await run({}, () => {
            for (const name of ["nile", "nile", "rhine"]) adviseOnLeftOut(name, leftOut);
            adviseOnLeftOut("thames", verdict);
        });
        const warning = (name: string) =>
            `warning: receiver ${name} is asked without its addresses of IPv6 (ENETUNREACH), to which nothing leads from here: ` +
            "what answers there is not proven";
        assert.deepEqual(said, ["nile", "rhine"].map(warning));
    });
});
