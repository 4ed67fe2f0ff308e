import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What makes an example of the docs one that runs here: texts in it, and what stands for them. */
export type Replacements = Readonly<Record<string, string>>;

/**
 * An example that users are told to copy, from a section of `docs/receivers.md`, as it runs here.
 * Fails where the docs have no such example, or none of a text that is to be replaced.
 *
 * @param language The language that the example is marked with.
 */
export async function documented(
    section: string,
    language: string,
    replacements: Replacements,
): Promise<string> {
    const page = join(import.meta.dirname, "..", "..", "docs", "receivers.md");
    const text = await readFile(page, "utf8");
    const [, after = ""] = text.split(`\n## ${section}\n`);
    const [, example] = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(after) ?? [];
    if (example === undefined) throw new Error(`${page} has no ${language} of ${section}`);
    return Object.entries(replacements).reduce((changed, [from, to]) => {
        if (!changed.includes(from)) throw new Error(`${page} has no ${from} in ${section}`);
        return changed.replaceAll(from, to);
    }, example);
}
