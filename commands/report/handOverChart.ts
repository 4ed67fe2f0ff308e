import type { Data, Mark, Scale, Spec } from "vega";
import type { Markup } from "../../text/markup.ts";
import { colourOf, draw, upright, type Width } from "./chart.ts";
import type { Traffic, Window } from "./traffic.ts";

/** What a chart of a hand-over shows beside the traffic. */
interface Around {
    /** The update that had one generation hand over to the other. */
    readonly update: Window;
    /** All generations there are, which give each its colour. */
    readonly labels: readonly string[];
}

/** Requests by generation, one on another, and the update between. */
export async function drawHandOver(
    traffic: Traffic,
    { update, labels }: Around,
    width: Width,
): Promise<Markup> {
    const spec: Spec = {
        height: width === "wide" ? 300 : 240,
        data: [stacked(traffic), { name: "update", values: [inMilliseconds(update)] }],
        scales: scalesOf(traffic, labels),
        axes: [
            {
                ...{ scale: "y", orient: "left", title: "requests a second", tickCount: 4 },
                ...{ grid: true, domain: false, ticks: false },
            },
            {
                ...{ scale: "x", orient: "bottom", title: "UTC" },
                tickCount: width === "wide" ? 8 : 4,
            },
        ],
        marks: [AREAS, BAND, upright("update", "from", DASHED), upright("update", "to", DASHED)],
    };
    return draw(spec, width);
}

const DASHED = [3, 3];

function inMilliseconds({ from, to }: Window): Window {
    return { from: 1000 * from, to: 1000 * to };
}

/** The first generation is the topmost: the order of the legend is that of time. */
function stacked({ from, to, generations }: Traffic): Data {
    const values = generations.flatMap(({ label, rates }, order) =>
        rates.map((rate, index) => ({
            ...{ label, order, rate },
            time: 1000 * (from + ((index + 0.5) * (to - from)) / rates.length),
        })),
    );
    const sort = { field: "order", order: "descending" as const };
    return {
        ...{ name: "rates", values },
        transform: [{ type: "stack", groupby: ["time"], field: "rate", sort }],
    };
}

function scalesOf({ from, to, generations }: Traffic, labels: readonly string[]): Scale[] {
    const shown = generations.map(({ label }) => label);
    const times = inMilliseconds({ from, to });
    return [
        { name: "x", type: "utc", domain: [times.from, times.to], range: "width" },
        {
            ...{ name: "y", type: "linear", range: "height", nice: true },
            domain: { data: "rates", field: "y1" },
        },
        {
            ...{ name: "colour", type: "ordinal", domain: shown },
            range: shown.map((label) => colourOf(label, labels)),
        },
    ];
}

const AREAS: Mark = {
    ...{ type: "group", aria: false },
    from: { facet: { name: "one", data: "rates", groupby: "label" } },
    marks: [
        {
            ...{ type: "area", aria: false },
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
};

const BAND: Mark = {
    ...{ type: "rect", aria: false },
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
};
