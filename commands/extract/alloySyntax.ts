import { unescapeC } from "./escapes.ts";
import { explainTemplate } from "./template.ts";

/**
 * A part of an Alloy configuration: a name with its dots, a string without its quotes, a number, or
 * a sign.
 */
export interface Token {
    readonly kind: "name" | "string" | "number" | "sign" | "end of line";
    readonly text: string;
    readonly line: number;
}

/**
 * A block: `prometheus.remote_write "default" { ... }`. An attribute is what stands behind its `=`.
 */
export interface Block {
    readonly name: string;
    readonly label: string | undefined;
    readonly attributes: readonly (readonly [name: string, tokens: readonly Token[]])[];
    readonly blocks: readonly Block[];
}

const TOKEN =
    /(?<space>[ \t\r]+|\/\/[^\n]*|\/\*.*?\*\/)|(?<line>\n)|"(?<string>(?:[^"\\\n]|\\.)*)"|`(?<raw>[^`]*)`|(?<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)|(?<number>[0-9][0-9.eE]*)|(?<sign>[-=!<>+*/%^&|.,;(){}[\]?:])/sy;

/**
 * Reads the blocks and attributes of an Alloy configuration (its syntax was called River);
 * expressions are left as they are. Throws a one-line error with the line alone.
 */
export function parseAlloy(text: string, name: string): Block {
    const parser = new Parser(tokenize(text, name), name, explainTemplate(text, name));
    return parser.readBody("", undefined, false);
}

function tokenize(text: string, name: string): Token[] {
    const tokens: Token[] = [];
    let line = 1;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.length) {
        const groups = TOKEN.exec(text)?.groups;
        if (groups === undefined) {
            const template = explainTemplate(text, name);
            throw new Error(template ?? `${name} is no Alloy file: see line ${line}`);
        }
        const { space, string, raw, number, sign } = groups;
        if (groups["line"] !== undefined) tokens.push({ kind: "end of line", text: "\n", line });
        else if (string !== undefined) {
            tokens.push({ kind: "string", text: unescapeC(string), line });
        } else if (raw !== undefined) tokens.push({ kind: "string", text: raw, line });
        else if (number !== undefined) tokens.push({ kind: "number", text: number, line });
        else if (sign !== undefined) tokens.push({ kind: "sign", text: sign, line });
        else if (space === undefined) {
            tokens.push({ kind: "name", text: groups["name"] ?? "", line });
        }
        line += (groups["line"] ?? space ?? raw ?? "").split("\n").length - 1;
    }
    return tokens;
}

const MOST_BRACKETS = 50; // in one expression
const MOST_BLOCKS = 200; // one within the other: no configuration has as many, and the stack ends

class Parser {
    readonly #tokens: readonly Token[];
    readonly #file: string;
    /** What to say instead, where the text is a template. */
    readonly #template: string | undefined;
    #next = 0;
    #depth = 0;

    constructor(tokens: readonly Token[], file: string, template: string | undefined) {
        this.#tokens = tokens;
        this.#file = file;
        this.#template = template;
    }

    /** Attributes and blocks, up to the closing brace or the end. */
    readBody(name: string, label: string | undefined, isClosed: boolean): Block {
        const attributes: [string, Token[]][] = [];
        const blocks: Block[] = [];
        if (++this.#depth > MOST_BLOCKS)
            throw new Error(`${this.#file} has too many blocks within blocks`);
        for (;;) {
            const token = this.#take();
            if (token?.kind === "end of line") continue;
            if (token === undefined ? !isClosed : isClosed && isSign(token, "}")) {
                this.#depth--;
                return { name, label, attributes, blocks };
            }
            if (token?.kind !== "name") throw this.#refuse(token);
            const next = this.#take();
            if (isSign(next, "=")) attributes.push([token.text, this.#readExpression()]);
            else if (isSign(next, "{")) blocks.push(this.readBody(token.text, undefined, true));
            else if (next?.kind === "string" && isSign(this.#take(), "{")) {
                blocks.push(this.readBody(token.text, next.text, true));
            } else throw this.#refuse(next);
        }
    }

    /** Up to the end of the line on which all brackets are closed again. */
    #readExpression(): Token[] {
        const tokens: Token[] = [];
        let depth = 0;
        for (let token = this.#peek(); token !== undefined; token = this.#peek()) {
            const last = tokens.at(-1);
            const isOver =
                last !== undefined && (last.kind !== "sign" || ")]}".includes(last.text));
            if (depth === 0 && token.kind === "end of line" && isOver) break;
            if (depth === 0 && isSign(token, "}")) break;
            this.#next++;
            // As in Go, a line goes on behind an operator.
            if (token.kind === "end of line") continue;
            if (token.kind === "sign" && "([{".includes(token.text)) depth++;
            if (depth > MOST_BRACKETS) throw this.#refuse(token);
            if (token.kind === "sign" && ")]}".includes(token.text)) depth--;
            tokens.push(token);
        }
        if (depth !== 0) throw this.#refuse(undefined);
        return tokens;
    }

    #peek(): Token | undefined {
        return this.#tokens[this.#next];
    }

    #take(): Token | undefined {
        return this.#tokens[this.#next++];
    }

    #refuse(token: Token | undefined): Error {
        const line = (token ?? this.#tokens.at(-1))?.line ?? 1;
        return new Error(this.#template ?? `${this.#file} is no Alloy file: see line ${line}`);
    }
}

function isSign(token: Token | undefined, text: string): boolean {
    return token?.kind === "sign" && token.text === text;
}
