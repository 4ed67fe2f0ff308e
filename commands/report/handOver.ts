import { markup, type Markup } from "../../text/markup.ts";
import { colourOf } from "./chart.ts";
import { drawHandOver } from "./handOverChart.ts";
import { figure, legend } from "./figure.ts";
import type { Rotation } from "./rotations.ts";
import type { Shown } from "./shown.ts";
import { renderTable, renderTime, sayCount, sayTime } from "./table.ts";
import type { Traffic, Window } from "./traffic.ts";

/** The hand-over of one rotation: who pushed with what, and what was lost. */
export async function renderHandOver({
    evidence,
    rotation,
    traffic,
}: Shown & { readonly rotation: Rotation }): Promise<Markup | undefined> {
    if (traffic === undefined) return undefined;
    const labels = evidence.lives.map(({ label }) => label);
    return markup`<section aria-labelledby="hand-over">
        <h2 id="hand-over">The hand-over to ${rotation.generation}</h2>
        ${
            traffic.generations.length === 0
                ? markup`<p>
                      The Prometheus asked has no request that a receiver let in with one of these
                      generations from ${renderTime(iso(traffic.from))} to
                      ${renderTime(iso(traffic.to))}.
                  </p>`
                : await renderRequests(traffic, rotation, labels)
        }
        ${renderSenders(traffic)}
    </section>`;
}

async function renderRequests(
    traffic: Traffic,
    rotation: Rotation,
    labels: readonly string[],
): Promise<Markup> {
    const update = windowOf(rotation) ?? traffic;
    const draw = (width: "wide" | "narrow") => drawHandOver(traffic, { update, labels }, width);
    const names = traffic.generations.map(({ label }) => label);
    return markup`<p class="quiet">
            Requests that receivers let in, by generation: one colour hands over to the other.
        </p>
        ${await figure({
            says: `Requests a second by generation, from ${say(traffic.from)} to ${say(traffic.to)}: ${names.join(", then ")}. The table below has the numbers.`,
            draw,
            legend: legend([
                ...names.map((name) => ({ name, colour: colourOf(name, labels) })),
                { name: "the update, from the sealed copy to the record", colour: "var(--band)" },
            ]),
        })}
        ${renderTable({
            caption: "Requests a second, by generation",
            header: ["Generation", "Before the update", "During", "After"],
            rows: traffic.generations.map(({ label, rates }) => [
                label,
                ...phases(traffic, update).map((phase) => mean(rates, traffic, phase)),
            ]),
            numbers: [1, 2, 3],
        })}`;
}

function phases({ from, to }: Window, update: Window): readonly Window[] {
    return [{ from, to: update.from }, update, { from: update.to, to }];
}

/** The mean of the steps whose middle is in a phase; a dash where there is none. */
function mean(rates: readonly number[], { from, to }: Window, phase: Window): string {
    const length = (to - from) / rates.length;
    const within = rates.filter((_, index) => {
        const middle = from + (index + 0.5) * length;
        return middle >= phase.from && middle < phase.to;
    });
    if (within.length === 0) return "-";
    return (within.reduce((sum, rate) => sum + rate, 0) / within.length).toFixed(2);
}

function renderSenders({ senders, from, to }: Traffic): Markup {
    if (senders.length === 0) {
        return markup`<p>The Prometheus asked has no counters of samples that senders sent.</p>`;
    }
    return markup`<h3>Samples</h3>
        ${renderTable({
            caption: `Samples sent and lost, from ${say(from)} to ${say(to)}`,
            header: ["Sender", "Sent", "Lost"],
            rows: senders.map(({ sender, sent, lost }) => [sender, sayCount(sent), sayCount(lost)]),
            numbers: [1, 2],
        })}`;
}

/** From the first to the last step of an update that says a time. */
export function windowOf({ steps, finished }: Rotation): Window | undefined {
    const times = steps.flatMap(({ at }) => (at === undefined ? [] : [Date.parse(at) / 1000]));
    if (finished === undefined || times.length === 0) return undefined;
    return { from: Math.min(...times), to: Math.max(...times) };
}

function say(seconds: number): string {
    return sayTime(iso(seconds));
}

function iso(seconds: number): string {
    return new Date(seconds * 1000).toISOString();
}
