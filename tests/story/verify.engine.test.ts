// The nightly audit, on a stack that is well, and on one that is not.
import assert from "node:assert/strict";
import { parse, stringify } from "yaml";
import { probe } from "../../proof/probe.ts";
import { waitFor } from "../../sandbox/parts/process.ts";
import {
    RECEIVER_SECRET,
    RECORD_FILE,
    REPOSITORY,
    SEALED_FILE,
    useSandbox,
} from "../support/fixture.ts";

const WELL = [
    "ok     the record says that all is well, and younger than 90 days",
    "ok     Secrets, configurations and repository are as declared",
];
const MIRROR = [
    "ok     the mirror's record is signed by this stack",
    "ok     the mirror's record is of the last rotation",
    "ok     the newest sealed file is the one the record names",
    "ok     the mirror opens to the credentials receivers accept",
];

/** Of the cluster there is nothing to say: its API server is none of its pods. */
const STATE = "ok     the state keeps the credentials encrypted";

describe("the verify command", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let current: string;
    let retired: string;
    const verify = async (...args: readonly string[]) => {
        const { exitCode, output } = await stage.deployment.command("verify", ...args);
        return { exitCode, lines: output.split("\n") };
    };
    const withKey = () => verify("--identity", stage.sandbox.identity);
    const wrong = ({ lines }: { lines: readonly string[] }) =>
        lines.filter((line) => !line.startsWith("ok "));
    before(async () => {
        await stage.sandbox.fleet.sender.running;
        await stage.ensureOverlap();
        [current = "", retired = ""] = (await stage.deployment.rotation()).accepted;
        await stage.deployment.configure({ retired: [retired] });
        await stage.deployment.up();
    });

    after(async () => {
        await stage.deployment.configure({ retired: undefined });
        await stage.deployment.up();
    });

    it("finds all well: what is accepted, refused and sealed", async () => {
        const { exitCode, lines } = await withKey();
        assert.deepEqual(lines, [
            ...WELL,
            `ok     receiver vmauth accepts generation ${current}`,
            `ok     receiver vmauth refuses generation ${retired}`,
            "ok     receiver vmauth refuses a made-up credential",
            ...MIRROR,
            STATE,
        ]);
        assert.equal(exitCode, 0);
    });

    it("needs no key for all but what is sealed", async () => {
        const { exitCode, lines } = await verify();
        assert.deepEqual(lines.slice(-4), [...MIRROR.slice(0, 3), STATE]);
        assert.equal(exitCode, 0);
    });

    it("finds a receiver that lets in what was retired, as somebody had it", async () => {
        const { sandbox, deployment } = stage;
        const { files } = await stage.secret(RECEIVER_SECRET);
        const { users } = parse(files["auth.yml"] ?? "") as { users: object[] };
        const resources = await deployment.resources();
        const password = resources.find(({ urn }) => urn.endsWith(`::write-${retired}`));
        const { plaintext } = password?.outputs?.["result"] as { plaintext: string };
        const token = JSON.parse(plaintext) as string;
        const added = { ...users[0], name: "back", bearer_token: token };
        const auth = stringify({ users: [...users, added] });
        const { namespace } = sandbox.cluster;
        const secret = await stage.core.readNamespacedSecret({ namespace, name: RECEIVER_SECRET });
        secret.data = { "auth.yml": Buffer.from(auth).toString("base64") };
        const put = { namespace, name: RECEIVER_SECRET, body: secret };
        await stage.core.replaceNamespacedSecret(put);
        const url = sandbox.fleet.receiverUrl;
        const isLetIn = async () => (await probe(url, { token })).kind === "accepted";
        await waitFor("vmauth letting it in", isLetIn, { withinSeconds: 60 });
        const found = await withKey();
        assert.equal(found.exitCode, 3);
        assert.deepEqual(wrong(found), [
            `WRONG  Secrets, configurations and repository are as declared: 1 would change; Secret monitoring/${RECEIVER_SECRET} changes: data["auth.yml"]`,
            `WRONG  receiver vmauth refuses generation ${retired}: it answered 204 at ${url}`,
        ]);
        await deployment.up();
    });

    it("finds a mirror that somebody wrote to", async () => {
        const { github } = stage.sandbox;
        const record = (await github.file(REPOSITORY, RECORD_FILE)) ?? "";
        const sealed = (await github.file(REPOSITORY, SEALED_FILE)) ?? "";
        await github.write(
            REPOSITORY,
            RECORD_FILE,
            record.replace('"by"', '"by": "nobody", "was"'),
        );
        await github.write(REPOSITORY, SEALED_FILE, `${sealed}\n`);
        const found = await verify();
        assert.equal(found.exitCode, 3);
        const [objects = "", signed = "", file = "", ...more] = wrong(found);
        assert.match(objects, /as declared: [1-9]\d* would change; RepositoryFile /);
        assert.match(signed, /signed by this stack: nobody vouches for dev\.rotation\.json/);
        assert.equal(
            file,
            `WRONG  the newest sealed file is the one the record names: no record has the digest of ${SEALED_FILE}`,
        );
        assert.deepEqual(more, []);
        await stage.deployment.up();
        assert.deepEqual(wrong(await verify()), []);
    });
});
