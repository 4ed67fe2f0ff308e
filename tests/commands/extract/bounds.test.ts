// However large, deep or broken an input is, extract ends soon and in one line. Does not prove it of
// every format's own grammar: laws.test.ts breaks those that hold a credential.
import assert from "node:assert/strict";
import { createAnsible } from "../../../commands/extract/ansible.ts";
import { environment } from "../../../commands/extract/environmentFile.ts";
import { helm } from "../../../commands/extract/helmValues.ts";
import type { Source } from "../../../commands/extract/place.ts";
import { prometheus } from "../../../commands/extract/senderFile.ts";
import { pulumi } from "../../../commands/extract/pulumiState.ts";
import { terraform } from "../../../commands/extract/terraformState.ts";
import { pretend } from "../../support/madeUpMachine.ts";

const ansible = createAnsible(() => Promise.resolve(""));
const SOURCES: readonly Source[] = [prometheus, ansible, helm, terraform, pulumi];

const BYTES = 5_000_000;
const MOST_SECONDS = 2;

function fill(head: string, part: (index: number) => string, tail = ""): string {
    const parts = [head];
    for (let size = 0, index = 0; size < BYTES; index++) {
        const one = part(index);
        size += one.length;
        parts.push(one);
    }
    return parts.join("") + tail;
}

const ENTRY =
    "  - url: https://a\n    basic_auth:\n      username: push\n      password: kept-it-1\n";
const SECRET = (index: number) =>
    JSON.stringify({
        mode: "managed",
        type: "aws_secretsmanager_secret_version",
        name: `other${index}`,
        instances: [{ attributes: { secret_string: '{"password":"kept-it-1"}' } }],
    });

const LARGE: Readonly<Record<string, readonly [Source, string]>> = {
    "a prometheus.yml": [prometheus, fill("remote_write:\n", () => ENTRY)],
    "one mapping": [helm, fill("a:\n", (index) => `  key${index}: some text\n`)],
    "one line": [prometheus, fill("# ", () => "remote_write ")],
    "a script": [
        prometheus,
        fill("#!/bin/sh\n", () => "vmagent -remoteWrite.bearerToken=\"$(cat /run/t)\" 'a b' &\n"),
    ],
    "an open quote": [prometheus, fill("#!/bin/sh\nvmagent '", () => '"$(`<<\\')],
    Alloy: [
        prometheus,
        fill("", (index) => `prometheus.scrape "s${index}" {\n  targets = []\n}\n`),
    ],
    "vmagent's flags": [prometheus, fill("vmagent -remoteWrite.url=", () => "https://a,")],
    "a state of Terraform": [
        terraform,
        fill(
            `{"version":4,"terraform_version":"1.9.8","resources":[${SECRET(0)}`,
            (index) => `,${SECRET(index + 1)}`,
            "]}",
        ),
    ],
};

const DEEP = 100_000;
const BROKEN: Readonly<Record<string, string>> = {
    "brackets of YAML": "[".repeat(DEEP),
    "braces of JSON": `${'{"a":'.repeat(DEEP)}1${"}".repeat(DEEP)}`,
    "blocks of Alloy": 'prometheus.remote_write "a" {\n'.repeat(DEEP),
    "brackets of Alloy": `prometheus.remote_write "a" {\n x = ${"[".repeat(DEEP)}`,
    "substitutions of a shell": `#!/bin/sh\nvmagent ${"$(".repeat(DEEP)}`,
    "tables of TOML": `[sinks.a]\nx = ${"[".repeat(DEEP)}`,
    "a value that holds itself": "remote_write: &a\n  - url: https://a\n    b: *a\n",
    "aliases of aliases": Array.from({ length: 30 }, (_, index) =>
        index === 0 ? "a0: &a0 [x]" : `a${index}: &a${index} [*a${index - 1}, *a${index - 1}]`,
    ).join("\n"),
    noise: Array.from({ length: 4000 }, (_, index) =>
        String.fromCharCode((index * 7919) % 0x3ff),
    ).join(""),
};

async function run(source: Source, text: string): Promise<string> {
    try {
        await source.find(["/f"], {}, pretend({ "/f": text }));
        return "";
    } catch (error) {
        return error instanceof Error ? error.message : String(error);
    }
}

describe("every source", function () {
    this.timeout(60_000);
    for (const [what, [source, text]] of Object.entries(LARGE)) {
        it(`reads 5 MB of ${what} in under ${MOST_SECONDS} s`, async () => {
            const before = process.cpuUsage();
            await run(source, text);
            const { user, system } = process.cpuUsage(before); // other tests run at the same time
            assert.ok((user + system) / 1e6 < MOST_SECONDS, `${(user + system) / 1e6} s`);
        });
    }

    it(`reads 5 MB of variables in under ${MOST_SECONDS} s`, () => {
        const text = fill("", (index) => `RW_${index}_PASSWORD="kept-it ${index}" # why\n`);
        const before = process.cpuUsage();
        try {
            void environment.find(["RW_1_PASSWORD"], { file: "/f" }, pretend({ "/f": text }));
        } finally {
            const { user, system } = process.cpuUsage(before);
            assert.ok((user + system) / 1e6 < MOST_SECONDS, `${(user + system) / 1e6} s`);
        }
    });

    for (const [what, text] of Object.entries(BROKEN)) {
        it(`ends in a line, if at all, over ${what}`, async () => {
            for (const source of SOURCES) {
                const message = await run(source, text);
                assert.doesNotMatch(message, /\n|call stack|undefined|not a function/);
            }
        });
    }
});
