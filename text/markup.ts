import { printable } from "./printable.ts";

/** HTML, as {@link markup} writes it, or {@link trusted} says it is. */
class Markup {
    readonly #text: string;

    constructor(text: string) {
        this.#text = text;
    }

    toString(): string {
        return this.#text;
    }
}

export type { Markup };

/** What may stand in a template: markup as it is, a text as a text, many one after another. */
export type Content = Markup | string | number | undefined | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
};

/**
 * A template of HTML. What is put into it is a text, whoever wrote it: between tags, or in an
 * attribute in double quotes. No other place of a template may have anything put into it, nor an
 * attribute that is an address or a program.
 */
export function markup(texts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
    return new Markup(String.raw({ raw: texts }, ...contents.map(render)));
}

/** What is HTML because we wrote it, or a library that escapes what it is given. */
export function trusted(text: string): Markup {
    return new Markup(text);
}

function render(content: Content): string {
    if (content === undefined) return "";
    if (content instanceof Markup) return content.toString();
    if (typeof content === "object") return content.map(render).join("");
    return printable(String(content)).replaceAll(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
}
