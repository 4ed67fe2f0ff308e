// A receiver whose certificate an authority of one's own has signed, asked by a whole update.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../../sandbox/kubernetes/certificates.ts";
import { LocalReceiver } from "../support/localReceiver.ts";
import { passwordOf } from "../support/mocks.ts";
import { recordOf, Stack, type Update } from "../support/mockStack.ts";

describe("index.ts, of a receiver with a certificate of one's own authority", () => {
    const stack = new Stack();
    let east: LocalReceiver;
    let directory: string;
    let receivers: readonly object[];
    let first: Update;

    before(async () => {
        await stack.start();
        const authority = await createAuthority("ours");
        east = new LocalReceiver(await authority.issue({ server: "127.0.0.1" }));
        await east.start();
        directory = await mkdtemp(join(tmpdir(), "authority-"));
        const caFile = join(directory, "ca.pem");
        await writeFile(caFile, authority.certificate);
        const { url, queryUrl, metricsUrl } = east;
        const more = { url, queryUrl, metricsUrls: [metricsUrl], caFile };
        receivers = [
            { name: "east", kind: "vmauth", namespace: "edge", upstream: "http://store", ...more },
        ];
        const accepted = ["q1", "q2", "q3"].map((label) => passwordOf(`write-${label}`));
        east.answer = (token) => (accepted.includes(token ?? "") ? 204 : 401);
        first = await stack.update("q1", undefined, { receivers });
    });
    after(async () => {
        await east.stop();
        await stack.stop();
        await rm(directory, { recursive: true });
    });

    it("pushes, queries and counts there, where the authority is configured", async () => {
        const hooks = { callsHooks: true };
        const second = await stack.update("q2", first, { receivers }, hooks);
        assert.deepEqual(
            recordOf(second).proven.map(({ receiver, how }) => [receiver, how]),
            [["east", "probe and canary"]],
        );
        east.rates = { q1: 0, q2: 1 };
        const changes = { receivers, disuseSeconds: 1 };
        const third = await stack.update("q3", second, changes, hooks);
        assert.deepEqual(third.result.rotation.accepted, ["q3", "q2"]);
    });

    it("asks nothing there where it is not", async () => {
        const strange = receivers.map((receiver) => ({ ...receiver, caFile: undefined }));
        await assert.rejects(stack.update("q2", first, { receivers: strange }), {
            message:
                "prometheus-write-secret:receivers: east: it cannot be reached (UNABLE_TO_VERIFY_LEAF_SIGNATURE): " +
                `set caFile to the authority of its certificate at ${east.url}; start it or mend its url, then run pulumi up again`,
        });
    });
});
