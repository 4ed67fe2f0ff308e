// What each reader's own writer wrote is read back the same. What their documents alone say of them
// is in the tests of each format.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { dump } from "js-yaml";
import { stringify as stringifyToml } from "smol-toml";
import { parseDotenv } from "../../../commands/extract/dotenv.ts";
import type { Candidate } from "../../../commands/extract/place.ts";
import { prometheus } from "../../../commands/extract/senderFile.ts";
import { parseScript } from "../../../commands/extract/shell.ts";
import { findStandIn } from "../../../commands/extract/standIn.ts";
import { parseUrl } from "../../../commands/extract/url.ts";
import { pretend } from "../../support/madeUpMachine.ts";

/** Printable, with no space at its ends, and nothing that stands for something else. */
const secret = fc
    .stringMatching(/^[!-~äß€🔑](?:[ -~äß€🔑]{0,30}[!-~äß€🔑])?$/u)
    .filter((text) => [false, true].every((unbraced) => !findStandIn(text, { unbraced })));

const login = (value: string) => ({ username: "u", password: value });
const double = (text: string) => text.replaceAll("$", () => "$$");

const WRITERS: Readonly<Record<string, (value: string) => string>> = {
    "js-yaml, for Prometheus": (value) =>
        dump({ remote_write: [{ url: "https://a", basic_auth: login(value) }] }),
    "smol-toml, for Vector": (value) => {
        const auth = { strategy: "basic", user: "u", password: value };
        return stringifyToml({ sinks: { a: { type: "prometheus_remote_write", auth } } });
    },
    "smol-toml, for Telegraf": (value) =>
        stringifyToml({
            outputs: { http: [{ ...login(value), data_format: "prometheusremotewrite" }] },
        }),
    "js-yaml, for Docker Compose's environment": (value) =>
        dump({
            services: {
                a: {
                    environment: {
                        REMOTE_WRITE_USERNAME: "u",
                        REMOTE_WRITE_PASSWORD: double(value),
                    },
                },
            },
        }),
    "js-yaml, for what Docker Compose mounts": (value) => {
        const content = dump({ remote_write: [{ url: "https://a", basic_auth: login(value) }] });
        return dump({
            services: { a: { image: "x" } },
            configs: { c: { content: double(content) } },
        });
    },
    "the URL of WHATWG": (value) => {
        const url = new URL("https://host/write");
        url.username = "u";
        url.password = value.replaceAll("%", "%25");
        return dump({ remote_write: [{ url: url.href }] });
    },
    "a line of Netdata": (value) =>
        `[prometheus_remote_write:a]\n    username = u\n    password = ${value}\n`,
    "a line of Fluent Bit": (value) =>
        `[OUTPUT]\n  Name prometheus_remote_write\n  Http_User u\n  Http_Passwd ${value}\n`,
};

describe("what is written by", () => {
    for (const [name, write] of Object.entries(WRITERS)) {
        it(`${name} is read back the same`, () => {
            fc.assert(
                fc.property(secret, (value) => {
                    const machine = pretend({ "/f": write(value) });
                    const found = prometheus.find(["/f"], {}, machine) as Candidate[];
                    assert.deepEqual(
                        found.map((one) => [one.kind, one.username, one.value]),
                        [["basic auth", "u", value]],
                    );
                }),
            );
        });
    }
});

describe("parseDotenv", () => {
    const read = (text: string, reader: "compose" | "docker" | "systemd") =>
        [...parseDotenv(text, reader)].map(([, value]) => value);

    it("gives back what is quoted for Compose and systemd, and what is as it is for docker", () => {
        fc.assert(
            fc.property(secret, (value) => {
                const quoted = `"${value.replace(/["\\$]/g, "\\$&")}"`;
                assert.deepEqual(read(`# why\nA=${quoted} # why\nB=x\n`, "compose"), [value, "x"]);
                if (!/^(["']).*\1$/.test(value)) {
                    assert.deepEqual(read(`# why\nA=${value}\nB=x\n`, "docker"), [value, "x"]);
                }
                const both = `"${value.replace(/["\\$`]/g, "\\$&")}"`;
                assert.deepEqual(read(`; why\nA=${both}\nB=x\n`, "systemd"), [value, "x"]);
            }),
        );
    });

    const lines: readonly (readonly [string, string, string, string])[] = [
        ["A=p#w", "p#w", "p#w", "p#w"],
        ["A=p #w", "p", "p #w", "p #w"],
        ["A='p$w'", "p$w", "p$w", "p$w"],
        ["A=p$$w", "p$w", "p$$w", "p$$w"],
        ["A=$OTHER", "${OTHER}", "$OTHER", "$OTHER"],
        ['A="p\\"w"', 'p"w', 'p\\"w', 'p"w'],
        ["A=p\\w", "p\\w", "p\\w", "pw"],
        ["A= p ", "p", " p ", "p"],
        ["export A=p", "p", "", "p"],
    ];
    for (const [line, compose, docker, systemd] of lines) {
        it(`reads ${line} as each of them does`, () => {
            const all = (["compose", "docker", "systemd"] as const).map(
                (one) => read(line, one)[0],
            );
            const expected = [compose, docker || undefined, systemd];
            if (line.startsWith("export")) expected[2] = undefined;
            assert.deepEqual(all, expected);
        });
    }
});

describe("parseScript", () => {
    it("splits words as sh does", () => {
        const quoted = secret.map((text) => `'${text.replaceAll("'", "'\\''")}'`);
        const doubled = secret.map((text) => `"${text.replace(/["\\$`]/g, "\\$&")}"`);
        const bare = fc.stringMatching(/^[A-Za-z0-9=_.,:@%+-]{1,8}$/);
        const word = fc.array(fc.oneof(quoted, doubled, bare), { minLength: 1, maxLength: 3 });
        const command = fc.array(word, { minLength: 1, maxLength: 4 });
        fc.assert(
            fc.property(command, (words) => {
                const text = words.map((parts) => parts.join("")).join(" \\\n  ");
                const script = `printf '%s\\0' ${text} # why\n`;
                const said = execFileSync("sh", ["-c", script], { encoding: "utf8" });
                const [read = []] = parseScript(script).commands;
                assert.deepEqual(read.slice(2), said.split("\0").slice(0, -1));
            }),
            { numRuns: 60 },
        );
    });
});

describe("parseUrl", () => {
    const urls: readonly (readonly [string, readonly unknown[] | undefined])[] = [
        ["https://u:p@w@host/x", ["u", "p@w"]],
        ["https://u:a:b@host/", ["u", "a:b"]],
        ["https://u:p%40w%3A@host/", ["u", "p@w:"]],
        ["https://host/a:b@c", undefined],
        ["https://host:8080/x?y=a:b@c", undefined],
        ["https://u@host/", undefined],
        ["https://u:@host/", undefined],
    ];
    for (const [url, expected] of urls) {
        it(`takes ${url} apart as Go does`, () => {
            const read = parseUrl(url);
            assert.deepEqual(read && [read.username, read.value], expected);
        });
    }

    for (const url of ["https://u:p/w@host/", "https://u:p%w@host/", "https://u:p#w@host/"]) {
        it(`says what Go does not take apart in ${url}`, () => {
            assert.match(parseUrl(url)?.missing ?? "", /does not take this URL apart/);
        });
    }
});
