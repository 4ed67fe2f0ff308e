import { unescapeC } from "./escapes.ts";

/** What a shell script runs and writes. */
export interface Script {
    /**
     * The words of each command, without quotes. What is only known when it runs is `${NAME}` or
     * `$(...)`, however it was written.
     */
    readonly commands: readonly (readonly string[])[];
    /** The texts of its here-documents, with the same in them. */
    readonly documents: readonly string[];
}

/**
 * Takes a script apart as POSIX has it (XCU 2, Shell Command Language), as far as words go: a
 * comment is no command, and what two commands are given stays apart. A variable that the script
 * sets once, to a text, is that text.
 */
export function parseScript(text: string): Script {
    const reader = new Reader(text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n"));
    reader.read();
    const assigned = new Map<string, string | undefined>();
    for (const word of reader.commands.flatMap((words) => words.slice(0, 8))) {
        const [, name, value = ""] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
        if (name !== undefined) assigned.set(name, assigned.has(name) ? undefined : value);
    }
    const fill = (one: string) =>
        one.replace(/\$\{(\w+)\}/g, (whole, name: string) => {
            const value = assigned.get(name);
            return value === undefined || value.includes("$") ? whole : value;
        });
    return {
        commands: reader.commands.map((words) => words.map(fill)),
        documents: reader.documents.map(fill),
    };
}

interface Heredoc {
    readonly delimiter: string;
    readonly isRaw: boolean;
    readonly isIndented: boolean;
}

class Reader {
    readonly commands: string[][] = [];
    readonly documents: string[] = [];
    readonly #text: string;
    #at = 0;
    #words: string[] = [];
    #word: string | undefined;
    #heredocs: Heredoc[] = [];

    constructor(text: string) {
        this.#text = text;
    }

    read(): void {
        while (this.#at < this.#text.length) this.#step();
        this.#endCommand();
    }

    #step(): void {
        const one = this.#text.charAt(this.#at);
        if (one === "\n") {
            this.#at++;
            this.#endCommand();
            for (const heredoc of this.#heredocs.splice(0)) this.#readHeredoc(heredoc);
        } else if (one === "\\" && this.#text.charAt(this.#at + 1) === "\n") {
            this.#at += 2; // joins lines, and is no word
        } else if (/\s/.test(one)) {
            this.#at++;
            this.#endWord();
        } else if (";&|()".includes(one)) {
            this.#at++;
            this.#endCommand();
        } else if (one === "#" && this.#word === undefined) {
            this.#at = this.#end("\n");
        } else if (one === "<" || one === ">") this.#readRedirection();
        else this.#put(this.#readPart());
    }

    #put(text: string): void {
        this.#word = (this.#word ?? "") + text;
    }

    #endWord(): void {
        if (this.#word !== undefined) this.#words.push(this.#word);
        this.#word = undefined;
    }

    #endCommand(): void {
        this.#endWord();
        if (this.#words.length > 0) this.commands.push(this.#words);
        this.#words = [];
    }

    /** Where a text begins, from here; the end when it does not. */
    #end(text: string): number {
        const index = this.#text.indexOf(text, this.#at);
        return index < 0 ? this.#text.length : index;
    }

    /** What is quoted, escaped or expanded here, or one character. */
    #readPart(): string {
        const one = this.#text.charAt(this.#at);
        if (one === "'") {
            this.#at++;
            return this.#take(this.#end("'"), 1);
        }
        if (one === '"') return this.#readDouble();
        if (one === "\\") {
            this.#at += 2;
            const escaped = this.#text.charAt(this.#at - 1);
            return escaped === "\n" ? "" : escaped;
        }
        return one === "$" || one === "`" ? this.#readExpansion() : this.#take(this.#at + 1);
    }

    #take(end: number, skip = 0): string {
        const taken = this.#text.slice(this.#at, end);
        this.#at = end + skip;
        return taken;
    }

    #readDouble(): string {
        let text = "";
        this.#at++;
        while (this.#at < this.#text.length && this.#text.charAt(this.#at) !== '"') {
            text += this.#readExpanding('"');
        }
        this.#at++;
        return text;
    }

    /** A character of a text in which only `$`, backquotes and backslashes mean something. */
    #readExpanding(quote: string): string {
        const one = this.#text.charAt(this.#at);
        const next = this.#text.charAt(this.#at + 1);
        if (one === "\\" && `\\$\`\n${quote}`.includes(next) && next !== "") {
            this.#at += 2;
            return next === "\n" ? "" : next;
        }
        return one === "$" || one === "`" ? this.#readExpansion() : this.#take(this.#at + 1);
    }

    #readExpansion(): string {
        const rest = this.#text.slice(this.#at, this.#at + 200);
        const [ansi] = /^\$'/.exec(rest) ?? [];
        if (ansi !== undefined) {
            const [whole = ansi, content = ""] =
                /^\$'([^'\\]*(?:\\.[^'\\]*)*)'/s.exec(this.#text.slice(this.#at)) ?? [];
            this.#at += whole.length;
            return unescapeC(content);
        }
        const [simple, name] = /^\$([A-Za-z_]\w*)/.exec(rest) ?? [];
        if (simple !== undefined) {
            this.#at += simple.length;
            return `\${${name ?? ""}}`;
        }
        const open = /^(?:\$\{|\$\(|`)/.exec(rest)?.[0];
        if (open === undefined) return this.#take(this.#at + 1);
        this.#at += open.length;
        const inside = this.#take(this.#closing(open), 1);
        const variable = /^[!#]?([A-Za-z_]\w*)/.exec(inside)?.[1];
        if (open === "${") return variable === undefined ? "${X}" : `\${${variable}}`;
        // Kubernetes expands `$(NAME)` before a shell sees it.
        if (open === "$(" && /^[A-Z_][A-Z0-9_]*$/.test(inside)) return `$(${inside})`;
        const path = /^\s*(?:cat\s+|<\s*)["']?([^\s"'|;&$]+)["']?\s*$/.exec(inside)?.[1];
        return path === undefined ? "$(a command)" : `$(cat ${path})`;
    }

    /** Where what was opened is closed again; brackets in quotes do not count. */
    #closing(open: string): number {
        if (open === "`") return this.#end("`");
        const [opening, closing] = open === "${" ? ["{", "}"] : ["(", ")"];
        let depth = 1;
        let quote = "";
        for (let at = this.#at; at < this.#text.length; at++) {
            const one = this.#text.charAt(at);
            if (one === "\\") at++;
            else if (quote !== "") quote = one === quote ? "" : quote;
            else if (one === "'" || one === '"') quote = one;
            else if (one === opening) depth++;
            else if (one === closing && --depth === 0) return at;
        }
        return this.#text.length;
    }

    #readRedirection(): void {
        const match = /^<<(-?)[ \t]*(\\?)(["']?)([\w.!-]+)\3/.exec(
            this.#text.slice(this.#at, this.#at + 100),
        );
        this.#endWord();
        if (match === null || this.#text.startsWith("<<<", this.#at)) {
            this.#at++;
            return;
        }
        const [whole, dash, escape, quote, delimiter = ""] = match;
        this.#at += whole.length;
        const isRaw = escape !== "" || quote !== "";
        this.#heredocs.push({ delimiter, isRaw, isIndented: dash !== "" });
    }

    #readHeredoc({ delimiter, isRaw, isIndented }: Heredoc): void {
        const pattern = new RegExp(`^${isIndented ? "\\t*" : ""}${escape(delimiter)}[ \\t]*$`, "m");
        const rest = this.#text.slice(this.#at);
        const end = pattern.exec(rest);
        const until = this.#at + (end?.index ?? rest.length);
        const after = until + (end?.[0].length ?? 0);
        let text = "";
        if (isRaw) text = this.#take(until);
        else while (this.#at < until) text += this.#readExpanding("\n");
        this.#at = after;
        this.documents.push(isIndented ? text.replace(/^\t+/gm, "") : text);
    }
}

function escape(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
