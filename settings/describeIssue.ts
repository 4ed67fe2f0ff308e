import type * as z from "zod";

/** One line of what is wrong: the key, what it must be. */
export function describeIssue(issue: z.core.$ZodIssue | undefined): string {
    if (!issue) return "configuration is not valid";
    const path = issue.path.reduce<string>(
        (text, part) =>
            typeof part === "number"
                ? `${text}[${part}]`
                : text
                  ? `${text}.${String(part)}`
                  : String(part),
        "",
    );
    if (issue.code === "unrecognized_keys") {
        const keys = issue.keys.map((key) => (path ? `${path}.${key}` : key)).join(", ");
        return `${keys} is no configuration key: docs/configuration.md lists them all`;
    }
    if (issue.code === "invalid_union" && "options" in issue) {
        return `${path} must be one of: ${(issue.options as readonly unknown[]).join(", ")}`;
    }
    if (issue.code === "invalid_type" && issue.input === undefined) {
        return `${path} must be set (${issue.expected})`;
    }
    return `${path}: ${issue.message}`;
}
