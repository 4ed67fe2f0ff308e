import { unescapeC } from "./escapes.ts";
import { parseEnvironmentFile } from "./systemd.ts";

/** What reads a file of variables; each has rules of its own. */
export type DotenvReader = "compose" | "docker" | "systemd";

export const DOTENV_READERS: readonly DotenvReader[] = ["compose", "docker", "systemd"];

/** Its variables in their order, the last where one is set twice; `${X}` is set elsewhere. */
export function parseDotenv(text: string, reader: DotenvReader): Map<string, string> {
    const plain = text.replace(/^\ufeff/, "");
    if (reader === "compose") return parseCompose(plain);
    if (reader === "docker") return parseDocker(plain);
    return new Map(parseEnvironmentFile(plain).map(([name, value]) => [name, value]));
}

const STATEMENT =
    /^[ \t]*(?:#[^\n]*|(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*[=:][ \t]*(?:"([^"\\]*(?:\\.[^"\\]*)*)"[^\n]*|'([^'\\]*(?:\\.[^'\\]*)*)'[^\n]*|([^\n]*)))$/gms;

/**
 * As Docker Compose reads `.env` and `env_file` (2.24 and later;
 * https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/): a comment
 * needs a space before its `#`; single quotes keep all but `\'`; double quotes know escapes; both
 * they and a bare text expand `$X`, and `$$` is a dollar sign.
 */
function parseCompose(text: string): Map<string, string> {
    const variables = new Map<string, string>();
    for (const match of text.replaceAll("\r\n", "\n").matchAll(STATEMENT)) {
        const [, name, double, single, bare = ""] = match;
        if (name === undefined) continue;
        if (single !== undefined) variables.set(name, single.replaceAll("\\'", "'"));
        else if (double !== undefined) {
            const unescaped = double.replace(/\\(?:[abcfnrtv"\\]|0[0-7]{1,3}|\$)/g, (one) =>
                one === "\\$" ? "$$" : unescapeC(one.replace(/^\\0([0-7]{1,3})$/, octal)),
            );
            variables.set(name, interpolate(unescaped, variables));
        } else {
            const value = bare.replace(/(?:^|\s)#.*$/s, "").trimEnd();
            variables.set(name, interpolate(value, variables));
        }
    }
    return variables;
}

function octal(_: string, digits: string): string {
    return `\\${digits.padStart(3, "0")}`;
}

/**
 * As Compose interpolates its files and dotenv's: `$$` is a dollar sign, `$X`, `${X}`,
 * `${X:-default}` and the like are the variable, where it is known. What is not is `${X}`.
 */
export function interpolate(text: string, known: ReadonlyMap<string, string> = new Map()): string {
    return text.replace(
        /\$(?:\$|\{([A-Za-z_]\w*)[^}]*\}|([A-Za-z_]\w*))/g,
        (whole, braced?: string, bare?: string) => {
            const name = braced ?? bare;
            if (name === undefined) return whole === "$$" ? "$" : whole;
            const isWhole = bare !== undefined || whole === `\${${name}}`;
            return (isWhole ? known.get(name) : undefined) ?? `\${${name}}`;
        },
    );
}

/**
 * As `docker run --env-file` reads it (docker/cli, pkg/kvfile): a variable a line, as it is: no
 * comment behind it, nothing expanded; what is quoted whole loses its quotes.
 */
function parseDocker(text: string): Map<string, string> {
    return new Map(
        text.split(/\r?\n/).flatMap((line): [string, string][] => {
            const [, name, value = ""] = /^\s*([^\s=#][^\s=]*)=(.*)$/s.exec(line) ?? [];
            if (name === undefined) return [];
            return [[name, /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value]];
        }),
    );
}
