import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { sha256 } from "../../../rotation/digest.ts";
import { refuseOthersFiles } from "../../../update/preflight/mirrorFiles.ts";
import type { MirrorFile } from "../../../update/recordedMirror.ts";
import { GITHUB_MIRROR } from "../../support/fleet.ts";
import { run } from "../../support/mocks.ts";

const { path, recordPath, branch } = GITHUB_MIRROR;
const FINISHED = "2027-01-01T00:00:00.000Z";

/** The record of a stack, in the text of its file. */
function recordOf(changes: object): string {
    const sealedSha256 = sha256("sealed");
    return JSON.stringify({ stack: "dev", finished: FINISHED, sealedSha256, ...changes });
}

/** Looks at a branch with these files, of which the stack recorded some. */
async function look(
    files: Readonly<Record<string, string>>,
    ours: readonly string[] = [],
    sealed: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
    const mirrorFiles = ours.map((one): MirrorFile => ({ repository: "vault", branch, path: one }));
    const read = (one: string) => Promise.resolve(files[one]);
    const { said } = await run({}, () =>
        refuseOthersFiles(GITHUB_MIRROR, { mirrorFiles, sealed }, { repository: "vault", read }),
    );
    return said;
}

async function refuses(files: Readonly<Record<string, string>>, message: string): Promise<void> {
    await assert.rejects(look(files), (error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(error.message, `prometheus-write-secret:mirror.path: ${message}`);
        return true;
    });
}

describe("refuseOthersFiles", () => {
    it("lets a stack write where nothing is, and where it wrote", async () => {
        assert.deepEqual(await look({}), []);
        const files = { [path]: "edited by hand", [recordPath]: "edited by hand" };
        assert.deepEqual(await look(files, [path, recordPath]), []);
    });

    for (const [what, owner, who] of [
        ["another stack", { stack: "prod" }, "stack prod"],
        [
            "one of this name in another project",
            { project: "other", organization: "organization" },
            "stack dev of project other",
        ],
        [
            "one of this name and project in another organisation",
            { project: "prometheus-write-secret", organization: "acme" },
            "stack dev of project prometheus-write-secret",
        ],
    ] as const) {
        it(`refuses the path of ${what}`, async () => {
            await refuses(
                { [path]: "sealed", [recordPath]: recordOf(owner) },
                `dev.rotation.json, the record beside it, is there already in vault, of ${who}, finished ${FINISHED}: ` +
                    "set another path, such as one in a directory of its own",
            );
        });
    }

    it("takes over what this stack left before it was destroyed, or lost its state", async () => {
        const project = { project: "prometheus-write-secret", organization: "organization" };
        for (const [owner, who] of [
            [{}, "stack dev"], // as earlier records have it
            [project, "stack dev of project prometheus-write-secret"],
        ] as const) {
            const files = { [path]: "sealed", [recordPath]: recordOf(owner) };
            assert.deepEqual(await look(files), [
                `warning: mirror: dev.rotation.json is there already in vault, of ${who}, finished ${FINISHED}: this ` +
                    "stack takes it over, and what it held stays in the history",
            ]);
        }
    });

    it("lets an update go on that was killed between writing a file and recording it", async () => {
        assert.deepEqual(await look({ [path]: "sealed" }, [], { [path]: "sealed" }), []);
    });

    it("refuses a sealed file that nothing says is this stack's", async () => {
        const message =
            "dev.yaml.age is there already in vault, and is not what this stack is on record to have written: set " +
            "another path; if this stack wrote it nevertheless, delete it there first, it stays in the history";
        await refuses({ [path]: "sealed" }, message);
        await refuses({ [path]: "of others", [recordPath]: recordOf({}) }, message);
    });

    it("refuses a record that is none", async () => {
        await refuses(
            { [recordPath]: "[1]" },
            "dev.rotation.json, the record beside it, is there already in vault, and is no record of this program: set " +
                "another path, or delete it there first",
        );
    });
});
