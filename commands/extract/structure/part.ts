import { parseYaml } from "../yaml.ts";

/** What a text is as YAML; undefined where it is none. */
export function parsePart(value: string): unknown {
    try {
        const [content] = parseYaml(value, "", { isLastKept: true });
        return typeof content === "object" ? content : undefined;
    } catch {
        return undefined;
    }
}
