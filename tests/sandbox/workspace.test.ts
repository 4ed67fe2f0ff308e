// The sandbox is a package of its own, and the product runs where it was left out.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import typescript from "typescript";
import projectJson from "../../package.json" with { type: "json" };
import sandboxJson from "../../sandbox/package.json" with { type: "json" };

/**
 * Files beside the product: its own sandbox, its tests, what they are checked with, and what writes
 * the reference, for whoever changes the program.
 */
const BESIDE =
    /^(node_modules|sandbox|tests|\.[^/]*|commands\/reference(\.ts)?|[^/]+\.config\.js$)(\/|$)/;

describe("the sandbox's workspace", () => {
    const product = globSync("**/*.{ts,mjs,js}", { exclude: (path) => BESIDE.test(path) });
    const sandbox = globSync("sandbox/**/*.ts");

    it("is imported by nothing of the product", () => {
        const importing = product.filter((file) =>
            imports(file).some((path) => path.startsWith("./sandbox/")),
        );
        assert.ok(product.includes("index.ts"));
        assert.deepEqual(importing, []);
    });

    it("has the product import no package but those that are installed without it", () => {
        const wanted = new Set(product.flatMap(packagesOf));
        const installed = Object.keys(projectJson.dependencies);
        assert.ok(wanted.has("@pulumi/pulumi"));
        assert.deepEqual([...wanted].filter((name) => !installed.includes(name)).sort(), []);
    });

    it("lists the packages that it imports beside the product's, and no other", () => {
        const shared = Object.keys({ ...projectJson.dependencies, ...projectJson.devDependencies });
        const own = new Set(sandbox.flatMap(packagesOf).filter((name) => !shared.includes(name)));
        const listed = Object.keys(sandboxJson.devDependencies);
        const imported = listed.filter((name) => !name.startsWith("@types/"));
        assert.deepEqual([...own].sort(), imported);
        assert.deepEqual(
            listed.filter((name) => shared.includes(name)),
            [],
        );
    });
});

/** What a file imports: names of packages, and paths of files as seen from the project. */
function imports(file: string): readonly string[] {
    const { importedFiles } = typescript.preProcessFile(readFileSync(file, "utf8"), true);
    return importedFiles.map(({ fileName }) =>
        fileName.startsWith(".") ? `./${join(dirname(file), fileName)}` : fileName,
    );
}

function packagesOf(file: string): readonly string[] {
    return imports(file)
        .filter((name) => !/^(\.\/|node:)/.test(name))
        .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
}
