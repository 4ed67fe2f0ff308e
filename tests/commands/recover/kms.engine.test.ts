// A mirror whose data key AWS KMS keeps too, as moto emulates it. moto grants everything to
// everybody: that IAM decides who recovers is not seen here.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { kmsWrapper } from "../../../seal/kms.ts";
import { type Moto, startMoto } from "../../../sandbox/parts/moto.ts";
import { RECOVERED, useMirrorRepository } from "../../support/writtenMirror.ts";
import { recover } from "../../support/recovering.ts";
import { setEnvironment } from "../../support/environment.ts";

describe("recover --kms", function () {
    this.timeout(300_000); // where moto must be installed first
    const mirror = useMirrorRepository();
    let logs: string;
    let moto: Moto;
    let restore: () => void;
    before(async () => {
        logs = await mkdtemp(join(tmpdir(), "recover-kms-"));
        moto = await startMoto(logs);
        restore = setEnvironment(moto.environment);
    });
    after(async () => {
        restore();
        await moto.stop();
        await rm(logs, { recursive: true });
    });
    beforeEach(async () => {
        const { KeyMetadata } = await new KMSClient().send(new CreateKeyCommand());
        mirror.format = "sops";
        mirror.wrappers = [kmsWrapper(KeyMetadata?.Arn ?? "")];
        await mirror.rotate(["b", "a"]);
    });
    const run = (environment: Readonly<Record<string, string>>, ...args: readonly string[]) => {
        return recover(mirror, [...args, "--output", "environment"], { environment });
    };

    it("opens with the key of KMS alone, and with the identity all the same", async () => {
        const expected = { code: 0, out: RECOVERED, err: "" };
        assert.deepEqual(await run(moto.environment, "--kms"), expected);
        assert.deepEqual(await run({}, "--identity", mirror.identityFile), expected);
    });

    it("says in one line that KMS refuses", async () => {
        const { code, out, err } = await run(
            { ...moto.environment, AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_MAX_ATTEMPTS: "1" },
            "--kms",
        );
        assert.deepEqual([code, out], [1, ""]);
        assert.match(err, /^error: cannot decrypt with arn:aws:kms:[^\n]+ may use it$/);
    });
});
