import type { Mark, Spec } from "vega";
import type { Markup } from "../../text/markup.ts";
import { colourOf, draw, upright, type Width } from "./chart.ts";
import type { Evidence } from "./evidence.ts";

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
            spans.map(({ from, to = now }) => ({
                ...{ label, from: Date.parse(from), to: Date.parse(to) },
                colour: colourOf(label, labels),
            })),
        );
    const [accepted, used] = [bars("accepted"), bars("used")];
    const at = Date.parse(now);
    const due = status?.due === undefined ? [] : [Date.parse(status.due)];
    const ends = [...accepted.flatMap(({ from, to }) => [from, to]), at, ...due];
    const spec: Spec = {
        height: ROW * Math.max(1, shown.length) + 40,
        data: [
            { name: "accepted", values: accepted },
            { name: "used", values: used },
            { name: "now", values: [{ at }] },
            { name: "due", values: due.map((one) => ({ at: one })) },
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
        axes: axesOf(width),
        marks: [
            bar("accepted", 0.35),
            bar("used", 1),
            upright("now", "at", [1, 0]),
            upright("due", "at", [4, 4]),
        ],
    };
    return draw(spec, width);
}

function axesOf(width: Width): Spec["axes"] {
    const plain = { domain: false, ticks: false };
    const tickCount = width === "wide" ? 8 : 3;
    return [
        { scale: "x", orient: "bottom", grid: true, tickCount, ...plain },
        { scale: "y", orient: "left", labelPadding: 8, ...plain },
    ];
}

function bar(data: string, opacity: number): Mark {
    return {
        ...{ type: "rect", aria: false },
        from: { data },
        encode: {
            enter: {
                x: { scale: "x", field: "from" },
                // One that was taken back at once is seen, too.
                x2: { signal: "max(scale('x', datum.from) + 2, scale('x', datum.to))" },
                yc: { scale: "y", field: "label", band: 0.5 },
                height: { value: 16 },
                cornerRadius: { value: 3 },
                fill: { field: "colour" },
                fillOpacity: { value: opacity },
            },
        },
    };
}
