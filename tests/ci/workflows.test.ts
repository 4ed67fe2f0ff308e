import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "yaml";
import packageJson from "../../package.json" with { type: "json" };

interface Job {
    readonly if?: string;
    readonly environment?: string;
    readonly permissions?: Readonly<Record<string, string>>;
    readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
    readonly permissions: Readonly<Record<string, string>>;
    readonly concurrency: { readonly group: string; readonly "cancel-in-progress": boolean };
    readonly jobs: Readonly<Record<string, Job>>;
}

const TEXTS = new Map(
    [...globSync(".github/workflows/*.yml"), ".github/actions/prepare/action.yml"]
        .sort()
        .map((path) => [path, readFileSync(path, "utf8")] as const),
);

function workflow(name: string): Workflow {
    const text = TEXTS.get(`.github/workflows/${name}.yml`) ?? "";
    return parse(text, { maxAliasCount: 10 }) as Workflow;
}

describe("workflows", () => {
    it("are those that the documentation names", () => {
        const page = readFileSync("docs/ci.md", "utf8");
        const names = globSync(".github/workflows/*").map((path) => basename(path));
        assert.deepEqual(names.sort(), ["check.yml", "preview.yml", "rotate.yml", "up.yml"]);
        for (const name of names) assert.ok(page.includes(`\`${name}\``), name);
    });

    it("pin every action of others by commit, with its version beside it", () => {
        for (const [path, text] of TEXTS) {
            const lines = text.split("\n").filter((line) => /\buses: [^.]/.test(line));
            assert.notDeepEqual(lines, [], path);
            for (const line of lines) {
                assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, path);
            }
        }
    });

    it("may read the code, and what each job needs beside it", () => {
        const rights = Object.fromEntries(
            ["check", "preview", "up", "rotate"].map((name) => {
                const { permissions, jobs } = workflow(name);
                assert.deepEqual(permissions, { contents: "read" }, name);
                return [name, Object.values(jobs).map((job) => job.permissions)];
            }),
        );
        const oidc = { "id-token": "write" };
        assert.deepEqual(rights, {
            check: [undefined, undefined],
            preview: [
                { contents: "read", "pull-requests": "write", ...oidc },
                { contents: "read", issues: "write", ...oidc },
            ],
            up: [{ contents: "read", ...oidc }],
            rotate: [{ contents: "write", ...oidc }],
        });
    });

    it("that change something run one at a time, are never cancelled, and take an environment", () => {
        for (const name of ["up", "rotate"]) {
            const { concurrency, jobs } = workflow(name);
            assert.deepEqual(concurrency, { group: "stack", "cancel-in-progress": false });
            for (const job of Object.values(jobs)) assert.equal(job.environment, "production");
        }
    });

    it("do nothing without a stack, and show forks no secret", () => {
        for (const name of ["preview", "up", "rotate"]) {
            for (const job of Object.values(workflow(name).jobs)) {
                assert.match(job.if ?? "", /vars\.PULUMI_STACK != ''/);
            }
        }
        assert.ok(!TEXTS.get(".github/workflows/check.yml")?.includes("secrets."));
        assert.match(
            workflow("preview").jobs["pull-request"]?.if ?? "",
            /head\.repo\.full_name ==/,
        );
        for (const [path, text] of TEXTS) assert.ok(!text.includes("pull_request_target"), path);
    });

    it("put no text of an event into a script: that would be run", () => {
        for (const [path, text] of TEXTS) {
            const { jobs = {}, runs } = parse(text) as Partial<Workflow> & { runs?: Job };
            for (const { steps } of [...Object.values(jobs), ...(runs ? [runs] : [])]) {
                for (const { run = "" } of steps) {
                    assert.doesNotMatch(run, /\$\{\{ *(?:github|inputs|secrets)\./, path);
                }
            }
        }
    });
});

describe("what CI and schedules call", () => {
    const files = [
        ...TEXTS.keys(),
        ...globSync("examples/**/*", { exclude: [] }).filter((path) => /\.\w+$|cron\//.test(path)),
        "examples/gitlab/.gitlab-ci.yml",
        "docs/ci.md",
    ];

    it("are scripts there are, with options they have", () => {
        const options: Readonly<Record<string, string>> = {
            preview: readFileSync("commands/preview.ts", "utf8"),
            rotate: readFileSync("commands/rotate.ts", "utf8"),
            retire: readFileSync("commands/retire.ts", "utf8"),
            metrics: readFileSync("commands/metrics.ts", "utf8"),
            pull: ["commands/pull.ts", "commands/recover/openMirror.ts"]
                .map((path) => readFileSync(path, "utf8"))
                .join(""),
        };
        let calls = 0;
        for (const file of files) {
            const text = readFileSync(file, "utf8");
            for (const [, name = "", rest = ""] of text.matchAll(
                /npm run (?:--silent )?([\w:]+)((?: +--?[\w-]*(?: "[^"]*"| [\w/$.<>{}-]+)?)*)/g,
            )) {
                calls += 1;
                assert.ok(name in packageJson.scripts, `${file}: npm run ${name}`);
                for (const [option] of rest.matchAll(/--\w[\w-]*/g)) {
                    assert.ok(
                        options[name]?.includes(`"${option}`) ||
                            options[name]?.includes(` ${option} `),
                        `${file}: ${name} ${option}`,
                    );
                }
            }
        }
        assert.ok(calls > 20, `${calls} calls`);
    });
});
