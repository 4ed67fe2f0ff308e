// A real nginx that reads our lines, Apache's own judge of them, and a rotation through both files
// of a sender.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { bcryptOf } from "../../../kinds/hash.ts";
import { htpasswd, type HtpasswdSettings } from "../../../kinds/receivers/htpasswd.ts";
import { provideProgram } from "../../../sandbox/toolchain/debian.ts";
import { receiverSettings } from "../../support/fleet.ts";
import { useSandbox } from "../../support/fixture.ts";
import { describeRotation } from "../../support/receiverStory.ts";

const GENERATIONS = ["Plain0123456789", `quo"te'; \\ $1 ünï`].map((value, index) => ({
    label: String(index),
    value,
    username: `prometheus-${index}`,
    bcrypt: bcryptOf(value, String(index)),
}));

describe("htpasswd lines", function () {
    this.timeout(60_000);
    let directory = "";
    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "htpasswd-"));
    });
    after(() => rm(directory, { recursive: true, force: true }));

    for (const hash of ["sha", "bcrypt"] as const) {
        it(`in ${hash} let in each generation, by Apache's word`, async () => {
            const settings: HtpasswdSettings = {
                ...receiverSettings({ kind: "htpasswd" }),
                key: "auth",
                hash,
            };
            const file = join(directory, hash);
            const { auth = "" } = htpasswd.render(settings, GENERATIONS);
            await writeFile(file, auth);
            const program = await provideProgram("htpasswd", "apache2-utils");
            const verify = async (username: string, input: string) => {
                const options = { input, reject: false, env: program.environment } as const;
                const { exitCode } = await execa(program.path, ["-vi", file, username], options);
                return exitCode;
            };
            for (const { username, value } of GENERATIONS) {
                assert.equal(await verify(username, value), 0);
                assert.equal(await verify(username, `${value}x`), 3); // "password verification failed"
            }
        });
    }
});

describe("a rotation through htpasswd", function () {
    this.timeout(300_000);
    const stage = useSandbox("htpasswd");
    describeRotation(stage, { counts: false });
});
