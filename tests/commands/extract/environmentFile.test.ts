import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { environment } from "../../../commands/extract/environmentFile.ts";
import type { Candidate } from "../../../commands/extract/place.ts";
import { parseEnvironmentFile, splitWords } from "../../../commands/extract/systemd.ts";
import { brief, pretend, type PretendedFile } from "../../support/madeUpMachine.ts";

interface Given {
    readonly names?: readonly string[];
    readonly options?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string | PretendedFile>>;
    readonly variables?: Readonly<Record<string, string>>;
}

function find({
    names = [],
    options = {},
    files = {},
    variables = {},
}: Given): readonly Candidate[] {
    return environment.find(names, options, pretend(files, variables)) as readonly Candidate[];
}

describe("environment: the current one", () => {
    const variables = {
        PATH: "/bin",
        GITHUB_TOKEN: "not-this-one",
        REMOTE_WRITE_USERNAME: "push",
        REMOTE_WRITE_PASSWORD: "one",
        PROMETHEUS_TOKEN: "two",
        PROM_CLIENT_SECRET: "three",
        MIMIR_AWS_SECRET_ACCESS_KEY: "four",
        MIMIR_TOKEN_FILE: "/run/token",
        remoteWrite_basicAuth_username: "vm",
        remoteWrite_basicAuth_password: "five",
        REMOTE_WRITE_CREDENTIAL_URL: "https://u:six@host/write",
        REMOTE_WRITE_CREDENTIAL: "Basic cHVzaDpzZXZlbg==",
        PROM_PASSWORD: "",
    };

    it("finds what is named like a remote-write credential", () => {
        const files = { "/run/token": "tok\n" };
        assert.deepEqual(find({ variables, files }).map(brief), [
            ["variable REMOTE_WRITE_PASSWORD", "basic auth", "push", "one"],
            ["variable PROMETHEUS_TOKEN", "bearer token", undefined, "two"],
            ["variable PROM_CLIENT_SECRET", "OAuth2 client secret", undefined, "three"],
            ["variable MIMIR_AWS_SECRET_ACCESS_KEY", "SigV4 secret key", undefined, "four"],
            ["variable MIMIR_TOKEN_FILE", "bearer token", undefined, "tok"],
            ["variable REMOTE_WRITE_CREDENTIAL_URL", "basic auth", "u", "six"],
            ["variable REMOTE_WRITE_CREDENTIAL", "basic auth", "push", "seven"],
            ["variable remoteWrite_basicAuth_password", "basic auth", "vm", "five"],
        ]);
    });

    it("finds what is asked for, whatever its name", () => {
        assert.deepEqual(find({ variables, names: ["GITHUB_TOKEN"] }), [
            {
                place: "variable GITHUB_TOKEN",
                kind: "bearer token",
                username: undefined,
                value: "not-this-one",
                plaintext: true,
                advice: "every process started from here gets it, and may log it: rotate, and use a credential file",
            },
        ]);
    });

    it("refuses a name that is not set", () => {
        assert.throws(() => find({ variables, names: ["RW_TOKEN"] }), {
            message: "RW_TOKEN is not set in the environment: check the name",
        });
    });

    it("refuses two places", () => {
        assert.throws(() => find({ options: { file: ".env", unit: "a.service" } }), {
            message: "--file and --unit name one place each: give one of them",
        });
    });
});

describe("environment: a .env file", () => {
    const text = `
# Compose
export RW_USER="push"
RW_PASSWORD='p$ss "one" #1' # a comment
RW_TOKEN="two\\nlines"
RW_URL=https://u:three@host/write
PROM_TOKEN=\${ELSEWHERE}
`;
    const one = (name: string) =>
        find({ names: [name], options: { file: "/srv/.env" }, files: { "/srv/.env": text } }).map(
            brief,
        );

    it("reads its quotes, and names what it expands", () => {
        assert.deepEqual(one("RW_PASSWORD"), [
            [".env: RW_PASSWORD", "basic auth", "push", 'p$ss "one" #1'],
        ]);
        assert.deepEqual(one("RW_TOKEN"), [
            [".env: RW_TOKEN", "bearer token", undefined, "two\nlines"],
        ]);
        assert.deepEqual(one("RW_URL"), [[".env: RW_URL", "basic auth", "u", "three"]]);
        assert.deepEqual(one("PROM_TOKEN"), [
            [
                ".env: PROM_TOKEN",
                "bearer token",
                undefined,
                "it comes from the variable ELSEWHERE: npm run extract -- environment ELSEWHERE",
            ],
        ]);
    });

    it("refuses a name that is not in it, and a file that is not there", () => {
        assert.throws(() => one("NOPE"), {
            message: "NOPE is not set in /srv/.env: check the name",
        });
        assert.throws(() => find({ options: { file: "/nope" } }), {
            message: "there is no file /nope: check the path",
        });
    });
});

describe("environment: a systemd unit", () => {
    const unit = "/etc/systemd/system/vmagent.service";
    const files = {
        [unit]: `
[Unit]
Environment=RW_TOKEN=not-this-one
[Service]
Environment=RW_USERNAME=push "RW_PASSWORD=p%%ss one" 'RW_TOKEN=a\\x41' RW_KEY=overridden
Environment=OLD_TOKEN=base
EnvironmentFile=-/etc/default/nope
EnvironmentFile=/etc/default/vmagent
ExecStart=/usr/bin/vmagent \\
    -envflag.enable
`,
        [`${unit}.d/10-first.conf`]: "[Service]\nEnvironment=NEW_TOKEN=one OLD_TOKEN=drop\n",
        [`${unit}.d/20-second.conf`]: '[Service]\n; later wins\nEnvironment="NEW_TOKEN=two"\n',
        [`${unit}.d/README`]: "[Service]\nEnvironment=NEW_TOKEN=not-read\n",
        "/etc/default/vmagent": { text: "RW_KEY=from-file\n", exposed: true },
    };
    const one = (name: string, all: typeof files = files) =>
        find({ names: [name], options: { unit }, files: all });

    it("reads its quotes, its drop-ins in their order, and its files, which win", () => {
        const names = ["RW_PASSWORD", "RW_TOKEN", "OLD_TOKEN", "NEW_TOKEN", "RW_KEY"];
        assert.deepEqual(
            names.flatMap((name) => one(name).map(brief)),
            [
                ["vmagent.service: Environment RW_PASSWORD", "basic auth", "push", "p%ss one"],
                ["vmagent.service: Environment RW_TOKEN", "bearer token", undefined, "aA"],
                ["10-first.conf: Environment OLD_TOKEN", "bearer token", undefined, "drop"],
                ["20-second.conf: Environment NEW_TOKEN", "bearer token", undefined, "two"],
                ["/etc/default/vmagent: RW_KEY", "bearer token", undefined, "from-file"],
            ],
        );
    });

    it("advises on a unit and on a file that all can read", () => {
        assert.equal(
            one("RW_TOKEN")[0]?.advice,
            "every user can read it with systemctl show: rotate, and use LoadCredential=",
        );
        assert.equal(
            one("RW_KEY")[0]?.advice,
            "every user can read it: chmod o= /etc/default/vmagent, then rotate",
        );
    });

    it("lets an empty setting take back what came before", () => {
        const all = { ...files, [`${unit}.d/30-third.conf`]: "[Service]\nEnvironment=\n" };
        assert.throws(() => one("RW_TOKEN", all), {
            message: `RW_TOKEN is not set in ${unit}: check the name`,
        });
    });

    const refused: readonly (readonly [string, string, string])[] = [
        [
            "a file that is not there",
            "[Service]\nEnvironmentFile=/nope\n",
            "there is no file /nope: check the path",
        ],
        [
            "a pattern",
            "[Service]\nEnvironmentFile=/etc/default/*\n",
            "EnvironmentFile=/etc/default/* is a pattern: give the file itself with --file",
        ],
        ["what is no unit", "[Service]\nhunter2\n", `${unit} is no unit file: see line 2`],
    ];
    for (const [what, text, message] of refused) {
        it(`refuses ${what}`, () => {
            assert.throws(() => one("RW_TOKEN", { ...files, [unit]: text }), { message });
        });
    }
});

/** Printable text; what follows an `=` may be anything. */
const value = fc.stringMatching(/^[ -~äß€]{1,40}$/);

describe("parseEnvironmentFile", () => {
    it("gives back what is quoted, whatever it is", () => {
        fc.assert(
            fc.property(value, (secret) => {
                const double = `"${secret.replace(/["\\$`]/g, "\\$&")}"`;
                const bare = secret.replace(/[^A-Za-z0-9]/gu, "\\$&");
                const text = `# comment\nA=${double}\n\n; B=x\nB = ${bare}\nC=c\n`;
                assert.deepEqual(parseEnvironmentFile(text), [
                    ["A", secret],
                    ["B", secret],
                    ["C", "c"],
                ]);
            }),
        );
    });

    it("reads what a shell reads", () => {
        const text = "A=a\\ b'c\"d'\"e'\\$f\"\nB='x y'\nC=\"a\\\nb\"\n";
        const shell = execFileSync("sh", ["-c", `${text}printf '%s\\n' "$A" "$B" "$C"`], {
            encoding: "utf8",
        });
        assert.deepEqual(
            parseEnvironmentFile(text).map(([, one]) => one),
            shell.trimEnd().split("\n"),
        );
    });
});

describe("splitWords", () => {
    it("gives back what is quoted, whatever it is", () => {
        fc.assert(
            fc.property(value, value, (first, second) => {
                const quote = (text: string) =>
                    text.replaceAll("%", "%%").replace(/["'\\]/g, "\\$&");
                const words = splitWords(`A=1 "B=${quote(first)}"  'C=${quote(second)}'`);
                assert.deepEqual(words, ["A=1", `B=${first}`, `C=${second}`]);
            }),
        );
    });
});
