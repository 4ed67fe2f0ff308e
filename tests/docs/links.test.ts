import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const PAGES = ["README.md", "CHANGELOG.md", ...globSync("docs/*.md").sort()];

/** A page without its code, in which a link is none. */
function proseOf(path: string): string {
    return readFileSync(path, "utf8").replaceAll(/^ *```[^]*?^ *```$/gm, "");
}

/** What headings are linked by, as GitHub makes it of them. */
function anchorsOf(path: string): readonly string[] {
    return [...proseOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
        heading
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
            .replaceAll(/\s/g, "-"),
    );
}

/** What links of a page do not lead to. */
function deadLinks(page: string): readonly string[] {
    const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    return links.filter((link) => {
        if (/^[a-z]+:/.test(link)) return false;
        const [path = "", anchor] = link.split("#");
        const file = path === "" ? page : join(dirname(page), path);
        if (!existsSync(file)) return true;
        return anchor !== undefined && !anchorsOf(file).includes(anchor);
    });
}

describe("links", () => {
    for (const page of PAGES) {
        it(`of ${page} lead somewhere`, () => {
            assert.deepEqual(deadLinks(page), []);
        });
    }
});

describe("README.md", () => {
    it("fits a newcomer's patience: 150 lines", () => {
        const lines = readFileSync("README.md", "utf8").split("\n").length - 1;
        assert.ok(lines <= 150, `it has ${lines}`);
    });

    it("names every room there is", () => {
        const readme = readFileSync("README.md", "utf8");
        const rooms = globSync("*/", { exclude: ["node_modules", "tests"] })
            .map((path) => path.replace(/\/$/, ""))
            .filter((name) => globSync(`${name}/**/*.ts`).length > 0);
        assert.ok(rooms.includes("rotation"));
        assert.deepEqual(
            rooms.filter((name) => !readme.includes(`\`${name}/\``)),
            [],
        );
    });
});
