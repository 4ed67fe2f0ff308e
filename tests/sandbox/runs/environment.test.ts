// The file people source. Does not prove that the tools in it are the right ones.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { writeEnvironment } from "../../../sandbox/runs/environment.ts";
import { useWorkbench } from "../../support/workbench.ts";

const TOOLS = ["kubectl", "promtool", "age", "age-keygen"];

type Written = Parameters<typeof writeEnvironment>[0];

describe("writeEnvironment", () => {
    const bench = useWorkbench();

    /** What a shell says after it has sourced the file, with the tools each in a directory. */
    async function say(command: string, variables: Record<string, string> = {}): Promise<string> {
        const tools: Record<string, { path: string }> = {};
        for (const name of TOOLS) {
            tools[name] = { path: await bench.script(`it's ${name}/${name}`, "#!/bin/sh\n") };
        }
        const directory = join(bench.directory, "a sandbox");
        await mkdir(directory, { recursive: true });
        const file = await writeEnvironment({
            directory,
            engine: { environment: variables },
            fleet: { receiverUrl: "http://receiver", store: { url: "http://store" } },
            tools,
            identity: join(directory, "age-identity.txt"),
        } as unknown as Written);
        const script = `. "$1"; ${command}`;
        const options = { extendEnv: false, env: { PATH: "/usr/bin:/bin" } };
        return (await execa("/bin/sh", ["-c", script, "sh", file], options)).stdout;
    }

    it("puts every tool of a terminal on the PATH, age-keygen too", async () => {
        const found = await say(`command -v ${TOOLS.join(" ; command -v ")}`);
        const expected = TOOLS.map((name) => join(bench.directory, `it's ${name}`, name));
        assert.deepEqual(found.split("\n"), expected);
    });

    it("puts the project's own programs before all others", async () => {
        const [first] = (await say('echo "$PATH"')).split(":");
        assert.equal(first, join(process.cwd(), "node_modules", ".bin"));
    });

    it("sets the variables, whatever stands in them", async () => {
        const value = "it's $HOME";
        assert.equal(await say('echo "$GITHUB_TOKEN"', { GITHUB_TOKEN: value }), value);
        assert.equal(
            dirname(await say('echo "$AGE_IDENTITY"')),
            join(bench.directory, "a sandbox"),
        );
    });
});
