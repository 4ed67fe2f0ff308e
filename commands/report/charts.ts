import { parse, type Spec, View } from "vega";
import { type Markup, trusted } from "../../text/markup.ts";
import type { Evidence } from "./evidence.ts";
import type { Span } from "./lives.ts";
import type { Traffic, Window } from "./traffic.ts";

/** How wide a chart is, in its own units: a phone shows another than a screen. */
export type Width = "wide" | "narrow";

const WIDTHS: Readonly<Record<Width, number>> = { wide: 880, narrow: 340 };
const COLOURS = 6; // of style.css
const FONT = "system-ui, sans-serif";

/** The colour of a generation, by its place among all of them: neighbours have others. */
export function colourOf(label: string, labels: readonly string[]): string {
    return `var(--generation-${Math.max(0, labels.indexOf(label)) % COLOURS})`;
}

/** What every chart shares. Colours are of the page, so that they follow its light and dark. */
function frame(width: Width, height: number): Spec {
    const axis = {
        ...{ labelColor: "var(--quiet)", titleColor: "var(--quiet)", labelFont: FONT },
        ...{ titleFont: FONT, titleFontWeight: "normal" as const, labelFontSize: 12 },
        aria: false, // the chart is one picture, with a table beside it
        ...{ domainColor: "var(--line)", tickColor: "var(--line)", gridColor: "var(--line)" },
    };
    return {
        ...{ width: WIDTHS[width], height, padding: 4 },
        autosize: { type: "fit", contains: "padding" },
        config: { axis },
    };
}

/** Requests by generation, one on another, and the update that had one hand over to the other. */
export async function drawHandOver(
    { from, to, generations }: Traffic,
    { update, labels }: { readonly update: Window; readonly labels: readonly string[] },
    width: Width,
): Promise<Markup> {
    const values = generations.flatMap(({ label, rates }, order) =>
        rates.map((rate, index) => ({
            ...{ label, order, rate },
            time: 1000 * (from + ((index + 0.5) * (to - from)) / rates.length),
        })),
    );
    const colours = generations.map(({ label }) => colourOf(label, labels));
    const spec: Spec = {
        ...frame(width, width === "wide" ? 300 : 240),
        data: [
            {
                ...{ name: "rates", values },
                transform: [
                    {
                        ...{ type: "stack", groupby: ["time"], field: "rate" },
                        sort: { field: "order", order: "descending" },
                    },
                ],
            },
            { name: "update", values: [{ from: 1000 * update.from, to: 1000 * update.to }] },
        ],
        scales: [
            { name: "x", type: "utc", domain: [1000 * from, 1000 * to], range: "width" },
            {
                ...{ name: "y", type: "linear", range: "height", nice: true },
                domain: { data: "rates", field: "y1" },
            },
            {
                ...{ name: "colour", type: "ordinal", range: colours },
                domain: generations.map(({ label }) => label),
            },
        ],
        axes: [
            {
                ...{ scale: "y", orient: "left", grid: true, tickCount: 4, domain: false },
                ...{ ticks: false, title: "requests a second" },
            },
            {
                ...{ scale: "x", orient: "bottom", title: "UTC" },
                tickCount: width === "wide" ? 8 : 4,
            },
        ],
        marks: [
            {
                type: "group",
                aria: false,
                from: { facet: { name: "one", data: "rates", groupby: "label" } },
                marks: [
                    {
                        type: "area",
                        aria: false,
                        from: { data: "one" },
                        encode: {
                            enter: {
                                interpolate: { value: "monotone" },
                                x: { scale: "x", field: "time" },
                                y: { scale: "y", field: "y0" },
                                y2: { scale: "y", field: "y1" },
                                fill: { scale: "colour", field: "label" },
                            },
                        },
                    },
                ],
            },
            {
                type: "rect",
                aria: false,
                from: { data: "update" },
                encode: {
                    enter: {
                        x: { scale: "x", field: "from" },
                        x2: { scale: "x", field: "to" },
                        y: { value: 0 },
                        y2: { signal: "height" },
                        fill: { value: "var(--band)" },
                    },
                },
            },
            ...["from", "to"].map((field) => ({
                type: "rule" as const,
                aria: false,
                from: { data: "update" },
                encode: {
                    enter: {
                        x: { scale: "x", field },
                        y: { value: 0 },
                        y2: { signal: "height" },
                        stroke: { value: "var(--text)" },
                        strokeDash: { value: [3, 3] },
                    },
                },
            })),
        ],
    };
    return draw(spec);
}

const ROW = 30; // units a generation
const SHOWN = 24; // generations, the newest

/** When each generation was accepted, and when it was the one in use. */
export async function drawLives(
    { lives, now, status }: Pick<Evidence, "lives" | "now" | "status">,
    width: Width,
): Promise<Markup> {
    const labels = lives.map(({ label }) => label);
    const shown = lives.slice(-SHOWN).toReversed();
    const bars = (of: "accepted" | "used") =>
        shown.flatMap(({ label, [of]: spans }) =>
            spans.map(({ from, to = now }: Span) => ({
                ...{ label, from: Date.parse(from), to: Date.parse(to) },
                colour: colourOf(label, labels),
            })),
        );
    const due = status?.due === undefined ? [] : [{ at: Date.parse(status.due) }];
    const times = [...bars("accepted").flatMap(({ from, to }) => [from, to]), Date.parse(now)];
    const ends = [...times, ...due.map(({ at }) => at)];
    const bar = (data: string, height: number, opacity: number) => ({
        type: "rect" as const,
        aria: false,
        from: { data },
        encode: {
            enter: {
                x: { scale: "x", field: "from" },
                // A rotation that was taken back at once is seen, too.
                x2: { signal: "max(scale('x', datum.from) + 2, scale('x', datum.to))" },
                yc: { scale: "y", field: "label", band: 0.5 },
                height: { value: height },
                cornerRadius: { value: 3 },
                fill: { field: "colour" },
                fillOpacity: { value: opacity },
            },
        },
    });
    const line = (data: string, dash: readonly number[]) => ({
        type: "rule" as const,
        aria: false,
        from: { data },
        encode: {
            enter: {
                x: { scale: "x", field: "at" },
                y: { value: 0 },
                y2: { signal: "height" },
                stroke: { value: "var(--text)" },
                strokeDash: { value: [...dash] },
            },
        },
    });
    const spec: Spec = {
        ...frame(width, ROW * Math.max(1, shown.length) + 40),
        data: [
            { name: "accepted", values: bars("accepted") },
            { name: "used", values: bars("used") },
            { name: "now", values: [{ at: Date.parse(now) }] },
            { name: "due", values: due },
        ],
        scales: [
            {
                ...{ name: "x", type: "utc", range: "width" },
                domain: [Math.min(...ends), Math.max(...ends)],
            },
            {
                ...{ name: "y", type: "band", range: "height" },
                domain: shown.map(({ label }) => label),
            },
        ],
        axes: [
            {
                ...{ scale: "x", orient: "bottom", grid: true, domain: false, ticks: false },
                tickCount: width === "wide" ? 8 : 3,
            },
            { scale: "y", orient: "left", domain: false, ticks: false, labelPadding: 8 },
        ],
        marks: [
            bar("accepted", 16, 0.35),
            bar("used", 16, 1),
            line("now", [1, 0]),
            line("due", [4, 4]),
        ],
    };
    return draw(spec);
}

/** Vega escapes what it draws, and asks for nothing: all data is in the specification. */
async function draw(spec: Spec): Promise<Markup> {
    const view = new View(parse(spec), { renderer: "none" });
    try {
        return trusted(await view.toSVG());
    } finally {
        view.finalize();
    }
}
