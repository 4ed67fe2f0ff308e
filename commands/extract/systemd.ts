import { unescapeC } from "./escapes.ts";

/** A setting of a unit file. */
export interface UnitSetting {
    /** Such as `Service`. */
    readonly section: string;
    readonly key: string;
    /** With lines that are continued joined, and quotes as they are. */
    readonly value: string;
}

/**
 * The settings of a unit file in their order. As systemd.syntax(7) has it. Throws a one-line error
 * with the line.
 */
export function parseUnit(text: string, name: string): UnitSetting[] {
    const settings: UnitSetting[] = [];
    let section = "";
    let continued: string | undefined;
    for (const [index, raw] of text.split(/\r?\n/).entries()) {
        // A comment between lines that are continued is left out.
        if (/^\s*[#;]/.test(raw)) continue;
        const line = (continued ?? "") + raw;
        if (line.endsWith("\\")) {
            continued = `${line.slice(0, -1)} `;
            continue;
        }
        continued = undefined;
        if (line.trim() === "") continue;
        const header = /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
        const [, key, value] = /^\s*([A-Za-z0-9-]+)\s*=\s*(.*?)\s*$/s.exec(line) ?? [];
        if (header !== undefined) section = header;
        else if (key !== undefined && value !== undefined) settings.push({ section, key, value });
        else throw new Error(`${name} is no unit file: see line ${index + 1}`);
    }
    return settings;
}

/** Files of `LoadCredential=`, by what the unit's process finds them as below `%d`. */
export function credentialFiles(text: string, name: string): ReadonlyMap<string, string> {
    return new Map(
        parseUnit(text, name).flatMap(({ key, value }): [string, string][] => {
            const [, id, path] = /^([^:]+):(\/.*)$/s.exec(value) ?? [];
            return key === "LoadCredential" && id !== undefined && path !== undefined
                ? [[id, path]]
                : [];
        }),
    );
}

/**
 * The words of a setting: separated by white space, quoted whole or in part, with C escapes; `%%`
 * is a percent sign.
 */
export function splitWords(value: string): string[] {
    const words = value.match(/(?:[^\s'"\\]|\\.|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")+/gs) ?? [];
    return words.map((word) =>
        word
            .replace(
                /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|((?:[^\s'"\\]|\\.)+)/gs,
                (_, single?: string, double?: string, plain?: string) =>
                    unescapeC(single ?? double ?? plain ?? ""),
            )
            .replaceAll("%%", "%"),
    );
}

/**
 * An `EnvironmentFile`, as systemd.exec(5) has it: a variable a line; `#` and `;` begin comments;
 * single quotes keep all, double quotes know `\"`, `\\`, `\$` and a backquote; a backslash outside
 * of quotes keeps what follows, and joins lines.
 */
export function parseEnvironmentFile(text: string): [name: string, value: string][] {
    const assignment =
        /^[ \t]*(?:[#;][^\n]*|([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*((?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\n'"\\])*)[^\n]*)$/gms;
    return [...text.replaceAll("\r\n", "\n").matchAll(assignment)].flatMap(
        ([, name, raw = ""]): [string, string][] =>
            name === undefined ? [] : [[name, unquoteShell(raw)]],
    );
}

function unquoteShell(raw: string): string {
    const trimmed = raw.replace(/(?<!\\)[ \t]+$/, "");
    return trimmed.replace(
        /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
        (_, single?: string, double?: string, escaped?: string) => {
            if (single !== undefined) return single;
            if (double !== undefined) return double.replace(/\\(?:(["\\$`])|\n)/g, "$1");
            return escaped === "\n" ? "" : (escaped ?? "");
        },
    );
}
