import assert from "node:assert/strict";
import { refuseSharedObjects } from "../../holders/sharedObjects.ts";
import { receiverSettings, senderSettings } from "../support/fleet.ts";

describe("refuseSharedObjects", () => {
    const receivers = [receiverSettings()];
    const refused = (fleet: Parameters<typeof refuseSharedObjects>[0], message: string) => {
        assert.throws(
            () => {
                refuseSharedObjects(fleet, "prod");
            },
            { message },
        );
    };

    it("refuses two owners of one Secret", () => {
        const { namespace, secret } = receivers[0] ?? assert.fail();
        const senders = [senderSettings({ namespace, secret })];
        refused(
            { receivers, senders },
            `Secret edge/east-auth is written for both east and agent: set another "secret"`,
        );
    });

    it("refuses two owners of one ConfigMap", () => {
        const senders = ["a", "b"].map((name) => senderSettings({ name, configMap: "same" }));
        refused(
            { receivers, senders },
            'ConfigMap monitoring/same is written for both a and b: set another "configMap"',
        );
    });

    it("takes objects of one name in several namespaces", () => {
        const senders = ["a", "b"].map((name) =>
            senderSettings({ name, namespace: name, configMap: "same", secret: "same" }),
        );
        refuseSharedObjects({ receivers, senders }, "prod");
    });
});
