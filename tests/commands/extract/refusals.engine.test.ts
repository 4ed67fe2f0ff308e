// What the command refuses, on a stack of its own, with the real pulumi.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { parse } from "yaml";
import { Extraction } from "../../support/extraction.ts";

const NAMESPACE = "prometheus-write-secret";
const secret = randomBytes(24).toString("hex");
const two = `remote_write: [{ bearer_token: ${secret} }, { bearer_token: ${secret}2 }]\n`;
const good = `remote_write: [{ bearer_token: ${secret} }]\n`;
const BEARER = "p.yml: remote_write[0].bearer_token";
const config = `${NAMESPACE}:adopted`;
const cases: readonly {
    readonly what: string;
    readonly text: string;
    readonly args?: readonly string[];
    readonly changes?: Readonly<Record<string, string | undefined>>;
    readonly stack?: string;
    readonly message: string;
}[] = [
    {
        what: "what is no YAML",
        text: `a: '${secret}`,
        message: "PATH is no YAML: see line 1, column 53",
    },
    {
        what: "nothing found",
        text: "global: {}\n",
        message:
            "no remote-write credential found in PATH, read as a configuration of Prometheus: nothing in it is " +
            "called remote write: give the sender's own configuration, or one value with --key a.b[0].c",
    },
    {
        what: "nothing found in a dry run",
        text: "global: {}\n",
        args: ["--dry-run"],
        message:
            "no remote-write credential found in PATH, read as a configuration of Prometheus: nothing in it is " +
            "called remote write: give the sender's own configuration, or one value with --key a.b[0].c",
    },
    {
        what: "two and no choice",
        text: two,
        message: "2 credentials could be adopted: choose one with --choose and its number",
    },
    {
        what: "a choice that is not there",
        text: two,
        args: ["--choose", "3"],
        message: "--choose must be a number from 1 to 2, or a place that is listed once",
    },
    {
        what: "an empty value",
        text: 'remote_write: [{ bearer_token: "" }]\n',
        message: `${BEARER} cannot be adopted: it is empty: look where it is really kept`,
    },
    {
        what: "a line break",
        text: `remote_write: [{ bearer_token: "${secret}\\n${secret}" }]\n`,
        message: `${BEARER} cannot be adopted: it holds a line break: remove that where it is kept`,
    },
    {
        what: "an OAuth2 client secret",
        text: `remote_write: [{ oauth2: { client_secret: ${secret} } }]\n`,
        message:
            "p.yml: remote_write[0].oauth2.client_secret cannot be adopted: an OAuth2 client secret is exchanged " +
            "for tokens at its identity provider: rotate it there",
    },
    {
        what: "what is no label",
        text: good,
        args: ["--label", "a b"],
        message:
            '--label must be 1 to 40 letters and digits, with ".", "_" and "-" inside, got "a b"',
    },
    {
        what: "a stack without its passphrase",
        text: good,
        changes: { PULUMI_CONFIG_PASSPHRASE: undefined },
        message:
            `pulumi config set --path --secret ${config}.value: passphrase must be set with ` +
            "PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
    },
    {
        what: "a stack that has adopted already",
        text: good,
        stack: `config:\n    ${config}:\n        label: other\n`,
        message:
            "the stack has adopted a credential already: where no sender uses that any more, pulumi config rm " +
            config,
    },
    {
        what: "a token beside a username",
        text: good,
        stack: `config:\n    ${NAMESPACE}:username: push\n`,
        message:
            `the stack pushes with basic auth (${NAMESPACE}:username is set): a bearer token cannot be adopted ` +
            "beside it",
    },
    {
        what: "a password of somebody else",
        text: good,
        args: ["--username", "pull"],
        stack: `config:\n    ${NAMESPACE}:username: push\n`,
        message:
            `the stack's ${NAMESPACE}:username is not the username of this credential: choose that one, or ` +
            "change the key",
    },
];

describe("npm run extract refuses, in one line, and changes nothing:", function () {
    this.timeout(120_000);
    let extraction: Extraction;
    before(async () => {
        extraction = await Extraction.open();
    });
    after(() => extraction.close());

    for (const { what, text, args = [], changes, stack = "", message } of cases) {
        it(what, async () => {
            const path = await extraction.write("p.yml", text);
            await extraction.reset(stack);
            const before = await extraction.stackFile();
            const outcome = await extraction.extract(["prometheus", path, ...args], changes);
            assert.equal(outcome.stderr, `error: ${message.replace("PATH", path)}`);
            assert.equal(outcome.exitCode, 1);
            assert.equal(await extraction.stackFile(), before);
            assert.ok(!outcome.stdout.includes(secret));
        });
    }

    it("a failure half-way", async () => {
        await extraction.reset();
        const broken = join(extraction.root, "sources/pulumi");
        const fail = 'case "$*" in *adopted.label*) echo "error: no space left" >&2; exit 1;; esac';
        await writeFile(broken, `#!/bin/sh\n${fail}\nexec ${extraction.pulumi} "$@"\n`);
        await chmod(broken, 0o700);
        const before = parse(await extraction.stackFile()) as unknown;
        const outcome = await extraction.extract(
            ["prometheus", await extraction.write("p.yml", good)],
            {
                PATH: [dirname(broken), process.env["PATH"]].join(delimiter),
            },
        );
        assert.equal(
            outcome.stderr,
            `error: pulumi config set --path --type=string ${config}.label: no space left: nothing was adopted`,
        );
        assert.equal(outcome.exitCode, 1);
        assert.deepEqual(parse(await extraction.stackFile()), before);
    });
});
