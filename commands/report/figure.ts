import { markup, type Markup, trusted } from "../../text/markup.ts";
import type { Width } from "./chart.ts";

/** A chart, and what it says to whoever does not see it. */
export interface Figure {
    readonly says: string;
    readonly draw: (width: Width) => Promise<Markup>;
    readonly legend: Markup;
}

/** A chart for a screen, and the same for a phone: of two one is shown, to screen readers also. */
export async function figure({ says, draw, legend }: Figure): Promise<Markup> {
    const [wide, narrow] = [await draw("wide"), await draw("narrow")];
    return markup`<figure>
        ${legend}
        <div class="wide" role="img" aria-label="${says}">${wide}</div>
        <div class="narrow" role="img" aria-label="${says}">${narrow}</div>
    </figure>`;
}

/** What a colour or a line of a chart stands for. */
interface Key {
    readonly name: string;
    /** Of the style sheet; one that is faint is seen through. */
    readonly colour?: string;
    readonly faint?: boolean;
    readonly line?: "solid" | "dashed";
}

/** The legend of a chart. */
export function legend(keys: readonly Key[]): Markup {
    return markup`<ul class="legend">
        ${keys.map(({ name, ...key }) => markup`<li>${swatch(key)}${name}</li>\n`)}
    </ul>`;
}

function swatch({ colour, faint, line }: Omit<Key, "name">): Markup {
    if (line === "solid") return trusted('<span class="swatch rule"></span>');
    if (line === "dashed") return trusted('<span class="swatch rule dashed"></span>');
    const opacity = faint ? 0.35 : 1;
    return markup`<span class="swatch" style="background: ${colour}; opacity: ${opacity}"></span>`;
}
