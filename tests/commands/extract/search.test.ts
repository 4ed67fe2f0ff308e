// Files of a pretended machine. Directories as people have them: the cases called R-repository.
import assert from "node:assert/strict";
import type { Machine } from "../../../commands/extract/place.ts";
import { AUTOMATIC } from "../../../commands/extract/places.ts";
import { pretend } from "../../support/madeUpMachine.ts";

const TEXT = "remote_write: [{ url: https://a, bearer_token: t1 }]\n";

/** A tree of directories: a text is a file. */
interface Tree {
    readonly [name: string]: string | Tree;
}

function machineOf(tree: Tree, sizes: Readonly<Record<string, number>> = {}) {
    const at = (path: string): string | Tree | undefined =>
        path
            .split("/")
            .reduce<string | Tree | undefined>(
                (one, name) => (typeof one === "object" ? one[name] : undefined),
                tree,
            );
    const told: string[] = [];
    const machine: Machine = {
        ...pretend({}),
        list: (path) => Object.keys(at(path) ?? {}).sort(),
        look: (path) => {
            const one = at(path);
            if (one === undefined) return undefined;
            return { kind: typeof one === "string" ? "file" : "directory", size: sizes[path] ?? 1 };
        },
        readFile: (path) => {
            const text = at(path);
            if (typeof text !== "string" || text === "binary") throw new Error("no text");
            return { text, exposed: false };
        },
        tell: (line) => told.push(line),
    };
    return { machine, told };
}

describe("a directory that is searched", () => {
    it("is read but for what others wrote, and what is passed over is counted", async () => {
        const { machine, told } = machineOf(
            {
                d: {
                    ".git": { a: TEXT },
                    node_modules: { a: TEXT },
                    "large.yml": TEXT,
                    "logo.png": "binary",
                    "notes.md": "nothing",
                    "x.yml": TEXT,
                    y: { "broken.yml": "remote_write: [", "z.yml": TEXT },
                },
            },
            { "d/large.yml": 9_000_000 },
        );
        const found = await AUTOMATIC.find(["d"], {}, machine);
        assert.deepEqual(
            found.map(({ place }) => place),
            ["x.yml: remote_write[0].bearer_token", "y/z.yml: remote_write[0].bearer_token"],
        );
        assert.deepEqual(told, [
            "d: 4 files read; passed over: 1 .git, 1 too large, 1 binary or not readable, 1 node_modules, 1 not understood",
        ]);
    });

    it("says why nothing was found in it", async () => {
        const { machine } = machineOf({ d: { "x.yml": "remote_write: [{ url: https://a }]\n" } });
        await assert.rejects(async () => AUTOMATIC.find(["d"], {}, machine), {
            message:
                "no remote-write credential found in d (1 file read): d/x.yml, read as a configuration of Prometheus: " +
                "x.yml: remote_write[0] has no authentication: look for what adds it, such as a proxy on the way, " +
                "or give the place where it is",
        });
    });
});
