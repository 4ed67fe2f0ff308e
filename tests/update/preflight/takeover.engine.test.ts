// A stack whose state is lost, and the one that is made in its place.
import assert from "node:assert/strict";
import { probe } from "../../../proof/probe.ts";
import { diagnostics, mark } from "../../support/deployment.ts";
import { useSandbox } from "../../support/fixture.ts";
import { type Neighbour, openNeighbour } from "../../support/neighbour.ts";

const NAME = "survivor";
const STACK = `pulumi:pulumi:Stack (prometheus-write-secret-${NAME})`;
const SENDER = `${NAME}-write-credential`;
const MAKER = "written by another stack of this program, or by this one before its state was lost";

describe("a stack whose state is lost", function () {
    this.timeout(120_000);
    const stage = useSandbox();
    let survivor: Neighbour;
    let token: string;
    const tokenOf = async () => (await stage.secret(SENDER)).files["token"] ?? "";
    const verdictOn = async (one: string) =>
        (await probe(survivor.receiverUrl, { token: one })).kind;
    before(async () => {
        survivor = await openNeighbour(stage, NAME, "2027-03-01");
        await survivor.deployment.up();
        token = await tokenOf();
        await survivor.deployment.must(
            "stack",
            "rm",
            NAME,
            "--yes",
            "--force",
            "--preserve-config",
        );
        await survivor.init();
        await survivor.deployment.configure({ "mirror.create": false, rotation: "2027-03-02" });
    });

    it("is not replaced by one that would overwrite its Secrets, in preview as in up", async () => {
        const present = await stage.objects();
        const refusal = (key: string, fault: string) =>
            `error: prometheus-write-secret:${key}: ${NAME}: Secret monitoring/${fault}. Restore the stack's state, ` +
            "or set adopted to the credential in use (docs/operating.md, Coming from a credential made by hand), or give it " +
            "another secret";
        const faults = [
            refusal(
                "receivers",
                `${NAME}-auth is there already, ${MAKER}: ` +
                    "it accepts 1 other credential, which would be refused from then on",
            ),
            refusal(
                "senders",
                `${SENDER} is there already, ${MAKER}: ` +
                    "its credential would be overwritten, and is not the adopted one",
            ),
        ];
        for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
            const outcome = await survivor.deployment.run(...command);
            assert.notEqual(outcome.exitCode, 0);
            const [found = "", said = "", ...more] = diagnostics(outcome)[STACK] ?? [];
            assert.match(found, /^warning: mirror: survivor\.rotation\.json is there already /);
            assert.ok(faults.includes(said), outcome.output);
            assert.deepEqual(more, []);
        }
        assert.deepEqual(await stage.objects(), present);
    });

    it("is replaced by one that adopts its credential, which rotates without refusing it", async () => {
        const { deployment } = survivor;
        await deployment.configure({ "adopted.label": "2027-03-01" });
        await deployment.setSecret("adopted.value", token);
        await deployment.up();
        const present = await tokenOf();
        assert.notEqual(mark(present), mark(token));
        assert.deepEqual(await Promise.all([token, present].map(verdictOn)), [
            "accepted",
            "accepted",
        ]);
        const { accepted } = await deployment.rotation();
        assert.deepEqual(accepted, ["2027-03-02", "2027-03-01"]);
    });
});
