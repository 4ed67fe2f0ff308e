import { markup, type Markup } from "../../text/markup.ts";
import { colourOf } from "./chart.ts";
import { drawLives } from "./livesChart.ts";
import type { Evidence } from "./evidence.ts";
import { figure, legend } from "./figure.ts";
import type { Life, Span } from "./lives.ts";
import { renderDay, renderTable } from "./table.ts";

/** What became of every generation. */
export async function renderLives(evidence: Evidence): Promise<Markup | undefined> {
    const { lives } = evidence;
    if (lives.length === 0) return undefined;
    const labels = lives.map(({ label }) => label);
    const colour = colourOf(labels.at(-1) ?? "", labels);
    return markup`<section aria-labelledby="generations">
        <h2 id="generations">Generations</h2>
        <p class="quiet">Each is accepted before senders use it, and until nobody does.</p>
        ${await figure({
            says: `When each generation was accepted, and when it was in use: ${labels.join(", ")}. The table below has the days.`,
            draw: (width) => drawLives(evidence, width),
            legend: legend([
                { name: "in use", colour },
                { name: "accepted", colour, faint: true },
                { name: "this page", line: "solid" },
                { name: "next rotation due", line: "dashed" },
            ]),
        })}
        ${renderTable({
            caption: "What became of each generation, the newest first",
            header: ["Generation", "Accepted", "In use", "Now"],
            rows: lives
                .toReversed()
                .map((life) => [life.label, spans(life.accepted), spans(life.used), stateOf(life)]),
        })}
    </section>`;
}

function spans(all: readonly Span[]): readonly Markup[] {
    if (all.length === 0) return [markup`never`];
    return all.map(
        ({ from, to }, index) =>
            markup`${index > 0 ? ", " : ""}${renderDay(from)}
            ${to === undefined ? "until now" : markup`to ${renderDay(to)}`}`,
    );
}

function stateOf({ accepted, used, refused }: Life): string {
    if (used.at(-1)?.to === undefined && used.length > 0) return "in use";
    if (accepted.at(-1)?.to === undefined) return "accepted";
    return refused ? "refused, as receivers were seen to do" : "no longer accepted";
}
