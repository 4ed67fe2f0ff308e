import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { provide, type ProvideOptions } from "../../sandbox/toolchain/provide.ts";
import type { Recipe, Release, Tool } from "../../sandbox/toolchain/recipe.ts";

/** What a `gadget` is where it is not built: a script that says its version. */
export const SCRIPT = "#!/bin/sh\necho gadget 1.2.3\n";

/** A directory of one test, and a tool to provide in it, called gadget. */
export class Workbench {
    directory = "";

    get cache(): string {
        return join(this.directory, "cache");
    }

    /**
     * The gadget's recipe: found on the PATH as a script, built from the module of {@link
     * goModule}.
     */
    recipe(more: { readonly beside?: string[]; readonly release?: Release } = {}): Recipe {
        const { beside = [], release } = more;
        const accept = (printed: string): string | undefined =>
            /gadget (1\.2\.3)/.exec(printed)?.[1];
        return {
            name: "gadget",
            version: "1.2.3",
            usually: "1 s",
            onPath: { ask: ["--version"], accept, beside },
            ...(release && { release: () => release }),
            build: {
                module: join(this.directory, "module"),
                package: ".",
                variables: { "main.version": "1.2.3" },
            },
        };
    }

    /** Provides the gadget; by default with nothing on the PATH, and showing progress to nobody. */
    async provide(recipe: Recipe = this.recipe(), options: ProvideOptions = {}): Promise<Tool> {
        const all = { cache: this.cache, path: "", output: screen(), ...options };
        const { gadget } = await provide({ gadget: recipe }, ["gadget"], all);
        if (gadget === undefined) throw new Error("provide leaves the gadget out");
        return gadget;
    }

    async goModule(source: string): Promise<void> {
        const module = join(this.directory, "module");
        await mkdir(module, { recursive: true });
        await writeFile(join(module, "go.mod"), "module gadget\n\ngo 1.26.0\n");
        await writeFile(join(module, "main.go"), `package main\n${source}\n`);
    }

    /** Writes an executable, and returns its path. */
    async script(path: string, text: string): Promise<string> {
        const file = join(this.directory, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
        await chmod(file, 0o755);
        return file;
    }
}

/** A workbench that each test of the surrounding `describe` finds empty. */
export function useWorkbench(): Workbench {
    const bench = new Workbench();
    beforeEach(async () => {
        bench.directory = await mkdtemp(join(tmpdir(), "toolchain-"));
    });
    afterEach(async () => {
        await rm(bench.directory, { recursive: true, force: true });
    });
    return bench;
}

/** Something progress can be shown on, and read from. */
export function screen(): NodeJS.WriteStream {
    return new PassThrough() as unknown as NodeJS.WriteStream;
}

export function sha256(data: string | Buffer): string {
    return createHash("sha256").update(data).digest("hex");
}
