// What reads the Secret here is a Prometheus whose configuration is the user's own. It does not prove
// how another reader takes up what changes: that is what its kind, or `propagationSeconds`, says.
import { useSandbox } from "../../support/fixture.ts";
import { describeSender } from "../../support/senderStory.ts";

describe("a sender of kind secret", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    describe("with a bearer token", () => {
        describeSender(stage, "secret", "by-token");
    });

    describe("with a username and a password", () => {
        describeSender(stage, "secret", "by-password", { username: "edge" });
    });
});
