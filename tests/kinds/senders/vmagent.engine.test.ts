// A real vmagent with the flags that users are told, behind a real vmauth.
import { useSandbox } from "../../support/fixture.ts";
import { describeSender } from "../../support/senderStory.ts";

describe("a sender of kind vmagent", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    describe("with a bearer token", () => {
        describeSender(stage, "vmagent", "agent-token");
    });

    describe("with a username and a password", () => {
        describeSender(stage, "vmagent", "agent-password", { username: "edge" });
    });
});
