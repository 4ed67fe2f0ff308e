// What is refused: in preview as in up, in words, and before anything changes.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity } from "age-encryption";
import { answering } from "../support/answering.ts";
import { diagnostics, type Edit, STACK } from "../support/deployment.ts";
import { REPOSITORY, type Stage, useSandbox } from "../support/fixture.ts";

const KEY = "error: prometheus-write-secret:";

interface Refusal {
    readonly edit: Edit;
    /** The one line that is shown, whole. */
    readonly says: string;
    /** Must not be shown anywhere. */
    readonly hides?: string;
    readonly undo?: () => Promise<void>;
}

/** Every case by what is wrong. */
const CASES: Readonly<Record<string, (stage: Stage) => Refusal | Promise<Refusal>>> = {
    "a recipient that is none": () => ({
        edit: { recipients: ["age1nobody"] },
        says: `${KEY}recipients[0]: "age1nobody" is no age public key: Unknown letter "o". Allowed: qpzry9x8gf2tvdw0s3jn54khce6mua7l`,
    }),
    "a private key for a recipient": async () => {
        const identity = await generateIdentity();
        return {
            edit: { recipients: [identity] },
            says: `${KEY}recipients[0]: is a private key (identity); give its public key, which age-keygen -y prints`,
            hides: identity,
        };
    },
    "an unknown key": () => ({
        edit: { rotaton: "2027-02-01" },
        says: `${KEY}rotaton is no configuration key: docs/configuration.md lists them all`,
    }),
    "an unknown key of a receiver": () => ({
        edit: { "receivers.0.probeUrl": "http://127.0.0.1/" },
        says: `${KEY}receivers[0].probeUrl is no configuration key: docs/configuration.md lists them all`,
    }),
    "a label with a blank": () => ({
        edit: { rotation: "after the leak" },
        says: `${KEY}rotation: must be 1 to 40 letters and digits, with ".", "_" and "-" inside, and quoted in YAML, such as "2026-11-21"`,
    }),
    "a date without quotes": () => ({
        edit: (text) => text.replace(/(:rotation:) .*/, "$1 2027-02-01"),
        says: `${KEY}rotation: must be 1 to 40 letters and digits, with ".", "_" and "-" inside, and quoted in YAML, such as "2026-11-21"`,
    }),
    "a public repository that exists": async ({ sandbox }) => {
        await sandbox.github.createRepository("public-one", "public");
        return {
            edit: { "mirror.repository": "public-one", "mirror.create": false },
            says: `${KEY}mirror.repository sandbox/public-one must be private, it is public: nothing was written; make it private, or name another one`,
        };
    },
    "a mirror made public behind our back": async ({ deployment, sandbox: { github } }) => {
        await github.setVisibility(REPOSITORY, "public");
        return {
            edit: {},
            says: `${KEY}mirror.repository sandbox/${REPOSITORY} must be private, it is public: nothing was written; make it private, or name another one`,
            undo: async () => {
                await github.setVisibility(REPOSITORY, "private");
                // Which had seen it public
                await deployment.must("refresh", "--yes", "--skip-preview");
            },
        };
    },
    "a repository that is to exist and does not": () => ({
        edit: { "mirror.repository": "absent", "mirror.create": false },
        says: `${KEY}mirror.repository sandbox/absent is not found: create it, private, or leave out mirror.create`,
    }),
    "a repository that exists, in place of the one it made": async ({ sandbox }) => {
        await sandbox.github.createRepository("another");
        return {
            edit: { "mirror.repository": "another" },
            says: `${KEY}mirror.repository sandbox/another exists already: set mirror.create to false to use it`,
        };
    },
    "an owner that is not GitHub's": () => ({
        edit: { "mirror.owner": "somebody" },
        says: `${KEY}mirror.owner is somebody, but the GitHub provider's owner is sandbox: pulumi config set github:owner somebody`,
    }),
    "a rotation with a receiver that is down": ({ newLabel }) => {
        const url = "http://127.0.0.1:1/api/v1/write"; // a port that nobody is given
        return {
            edit: { rotation: newLabel(), "receivers.0.probeUrls": [url] },
            says: `${KEY}receivers: vmauth: it cannot be reached (ECONNREFUSED) at ${url}; start it or mend its url, then run pulumi up again`,
        };
    },
    "a rotation with a receiver that is open": async ({ newLabel }) => {
        const { url, ...receiver } = await answering(() => 204);
        return {
            edit: { rotation: newLabel(), "receivers.0.probeUrls": [url] },
            says: `${KEY}receivers: vmauth is open: it answered 204 to a push without a credential at ${url}; close it first`,
            undo: () => receiver.stop(),
        };
    },
    "a prometheus.yml with a password in it": async ({ sandbox }) => {
        const file = join(sandbox.directory, "with-password.yml");
        const password = "correct-horse-battery-staple";
        const entry = { url: "http://127.0.0.1/", basic_auth: { username: "a", password } };
        await writeFile(file, JSON.stringify({ remote_write: [entry] }));
        return {
            edit: { "senders.0.configuration": file },
            says: `${KEY}senders: prometheus: configuration: ${file}: remote_write[0].basic_auth.password holds a secret in plain text; put it in a file and give that file's path instead`,
            hides: password,
        };
    },
    "a prometheus.yml that is not there": () => ({
        edit: { "senders.0.configuration": "absent.yml" },
        says: `${KEY}senders[0].configuration: absent.yml: ENOENT: no such file or directory, open 'absent.yml'`,
    }),
};

describe("preview and up alike", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    let present: unknown;
    before(async () => {
        present = await stage.snapshot();
    });

    for (const [what, prepare] of Object.entries(CASES)) {
        it(`refuse ${what}, and nothing changes`, async () => {
            const { edit, says, hides, undo } = await prepare(stage);
            const { length } = stage.sandbox.github.requests;
            try {
                await stage.deployment.configured(edit, async () => {
                    await refuse(stage, says, hides);
                });
            } finally {
                await undo?.();
            }
            assert.deepEqual(await stage.snapshot(), present);
            const requests = stage.sandbox.github.requests.slice(length);
            const writes = requests.filter(({ method }) => method !== "GET");
            assert.deepEqual(writes, []);
        });
    }

    it("refuse an update that leaves out what others need, and no state is spoiled", async () => {
        const { deployment } = stage;
        const label = stage.newLabel();
        const resources = await deployment.resources();
        // What is in it is up for update too: an engine that is let go on may record it with a
        // dependency on a password that was not made, and refuse its state from then on.
        const mirror = resources.find(({ urn }) => urn.endsWith(":CredentialMirror::mirror"));
        const outcome = await deployment.configured({ rotation: label }, () =>
            deployment.run("up", "--yes", "--skip-preview", "--target", mirror?.urn ?? ""),
        );
        assert.notEqual(outcome.exitCode, 0);
        const says = `error: this update leaves out write-${label}, which others need: what a rotation is made of is one thing. Run it without --target and --exclude`;
        const told = diagnostics(outcome)[STACK] ?? [];
        assert.deepEqual(
            told.filter((line) => line.startsWith("error:")),
            [says],
        );
        await deployment.must("preview", "--expect-no-changes");
        assert.deepEqual(await stage.snapshot(), present);
    });
});

async function refuse({ deployment }: Stage, says: string, hides?: string): Promise<void> {
    for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
        const outcome = await deployment.run(...command);
        assert.notEqual(outcome.exitCode, 0);
        assert.deepEqual(diagnostics(outcome), { [STACK]: [says] });
        assert.doesNotMatch(outcome.output, /\n\s+at /); // a stack trace
        if (hides !== undefined) assert.ok(!outcome.output.includes(hides));
    }
}
