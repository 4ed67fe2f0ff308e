import { type Mark, parse, type Spec, View } from "vega";
import { type Markup, trusted } from "../../text/markup.ts";

/** How wide a chart is, in its own units: a phone shows another than a screen. */
export type Width = "wide" | "narrow";

const WIDTHS: Readonly<Record<Width, number>> = { wide: 880, narrow: 340 };
const COLOURS = 6; // of style.css
const FONT = "system-ui, sans-serif";

/** The colour of a generation, by its place among all of them: neighbours have others. */
export function colourOf(label: string, labels: readonly string[]): string {
    return `var(--generation-${Math.max(0, labels.indexOf(label)) % COLOURS})`;
}

/** A line from top to bottom at a time of each datum. */
export function upright(data: string, field: string, dash: readonly number[]): Mark {
    return {
        ...{ type: "rule", aria: false },
        from: { data },
        encode: {
            enter: {
                x: { scale: "x", field },
                y: { value: 0 },
                y2: { signal: "height" },
                stroke: { value: "var(--text)" },
                strokeDash: { value: [...dash] },
            },
        },
    };
}

/**
 * Draws a chart. Colours are of the page, so that they follow its light and dark.
 *
 * Vega escapes what it draws, and asks for nothing: all data is in the specification.
 */
export async function draw(spec: Spec, width: Width): Promise<Markup> {
    const whole: Spec = {
        ...{ width: WIDTHS[width], padding: 4, autosize: { type: "fit", contains: "padding" } },
        config: {
            axis: {
                aria: false, // the chart is one picture, with a table beside it
                ...{ labelColor: "var(--quiet)", labelFont: FONT, labelFontSize: 12 },
                ...{ titleColor: "var(--quiet)", titleFont: FONT, titleFontWeight: "normal" },
                ...{ domainColor: "var(--line)", tickColor: "var(--line)" },
                gridColor: "var(--line)",
            },
        },
        ...spec,
    };
    const view = new View(parse(whole), { renderer: "none" });
    try {
        return trusted(await view.toSVG());
    } finally {
        view.finalize();
    }
}
