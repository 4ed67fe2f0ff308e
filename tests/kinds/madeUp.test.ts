// A new kind is a file and a row: in a copy of the program, one file is added and one line of the
// table changes, and the same suite holds it to the same laws.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";

const TABLE = "kinds/receivers.ts";
const ROOMS = ["holders", "kinds", "proof", "rotation", "seal", "settings", "text"];
const FILES = ["package.json", ".mocharc.json", "tests/kinds/conformance.test.ts"];

describe("a made-up kind of receiver", function () {
    this.timeout(120_000);
    let copy = "";
    before(async () => {
        copy = await mkdtemp(join(tmpdir(), "made-up-"));
        for (const one of [...ROOMS, ...FILES]) await cp(one, join(copy, one), { recursive: true });
        await symlink(resolve("node_modules"), join(copy, "node_modules"));
        const kind = await readFile("tests/kinds/madeUp/ledger.ts", "utf8");
        const moved = kind.replaceAll('"../../../', '"../../'); // where it goes is one less deep
        await writeFile(join(copy, "kinds/receivers/ledger.ts"), moved);
        const table = await readFile(TABLE, "utf8");
        const added = table
            .replace(/(RECEIVERS: .* = \{)/, "$1 ledger,")
            .replace(/^/, 'import { ledger } from "./receivers/ledger.ts";\n');
        assert.notEqual(added.length, table.length);
        await writeFile(join(copy, TABLE), added);
    });
    after(() => rm(copy, { recursive: true, force: true }));

    it("passes the suite that every kind passes", async () => {
        const suite = ["--reporter", "json", "tests/kinds/conformance.test.ts"];
        const { stdout } = await execa("mocha", suite, { cwd: copy, preferLocal: true });
        const { passes, failures } = JSON.parse(stdout) as Report;
        assert.deepEqual(failures, []);
        const [ours, theirs] = ["ledger", "vmauth"].map((kind) =>
            passes
                .filter(({ fullTitle }) => fullTitle.startsWith(`receiver ${kind} `))
                .map(({ title }) => title),
        );
        assert.deepEqual(ours, theirs);
        assert.ok((ours?.length ?? 0) > 5);
    });

    it("is configured like any other, and has a username a generation", async () => {
        const script = `
            import { parseSettings, usernameOf } from "./settings/settings.ts";
            import { RECEIVERS } from "./kinds/receivers.ts";
            import { SENDERS } from "./kinds/senders.ts";
            const place = { namespace: "edge", url: "https://push.example/write" };
            const settings = parseSettings(
                {
                    rotation: "2027",
                    recipients: ["age1nnkgvpmh8gm4w28gnhkde7w4tcgnje08nc8kw59z3c2sn0r66svslpecf9"],
                    mirror: { owner: "acme", repository: "vault" },
                    receivers: [{ name: "central", kind: "ledger", ...place }],
                    senders: [
                        { name: "edge", kind: "prometheus", namespace: "a", configuration: "p.yml" },
                    ],
                },
                {
                    stack: "prod",
                    kinds: { receivers: RECEIVERS, senders: SENDERS },
                    readFile: () => "",
                },
            );
            console.log(settings.receivers[0].realm, usernameOf(settings, "2027"));`;
        const args = ["--input-type=module", "--eval", script];
        const { stdout } = await execa("node", args, { cwd: copy, preferLocal: true });
        assert.equal(stdout, "push prometheus-2027");
    });
});

interface Report {
    readonly passes: readonly { readonly title: string; readonly fullTitle: string }[];
    readonly failures: readonly unknown[];
}
