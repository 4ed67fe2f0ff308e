import { readFileSync } from "node:fs";
import { type Content, markup, type Markup, trusted } from "../../text/markup.ts";
import packageJson from "../../package.json" with { type: "json" };
import type { Evidence } from "./evidence.ts";
import { renderHandOver } from "./handOver.ts";
import { renderLives } from "./livesSection.ts";
import type { Rotation } from "./rotations.ts";
import type { Shown } from "./shown.ts";
import {
    renderCommit,
    renderDay,
    renderLabels,
    renderTable,
    renderTime,
    sayCount,
} from "./table.ts";

const STYLE = readFileSync(new URL("style.css", import.meta.url), "utf8");

// Nothing but the page itself, whatever is written in it: no script, no picture, no address.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The whole page, in one file that asks for nothing else. */
export async function renderPage(shown: Shown): Promise<string> {
    const { evidence, rotation } = shown;
    const title = `Rotations of the write credential of ${evidence.owner}`;
    const page = markup`<!doctype html>
        <html lang="en">
            <head>
                <meta charset="utf-8">
                <meta http-equiv="Content-Security-Policy" content="${POLICY}">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <title>${title}</title>
                <style>
                    ${trusted(STYLE)}
                </style>
            </head>
            <body>
                <header>
                    <h1>${title}</h1>
                    <p class="quiet">
                        From ${evidence.source}, put together on ${renderTime(evidence.now)}.
                    </p>
                </header>
                <main>
                    ${renderStanding(shown)}
                    ${rotation && (await renderHandOver({ ...shown, rotation }))}
                    ${rotation && renderSteps(rotation)}
                    ${await renderLives(evidence)}
                    ${renderHistory(evidence)}
                </main>
                <footer>${renderGrounds(shown)}</footer>
            </body>
        </html>
`;
    return page.toString();
}

function renderStanding({ evidence, traffic }: Shown): Markup {
    const { status, warnings } = evidence;
    const found = [...(status?.faults.map(({ message }) => message) ?? []), ...warnings];
    const verdict =
        status && found.length === 0
            ? markup`<div class="verdict well">
                  <p>
                      <strong>All is well</strong>, as far as the mirror tells: proven, and not
                      overdue.
                  </p>
              </div>`
            : markup`<div class="verdict wrong">
                  <p><strong>To look at</strong></p>
                  <ul>
                      ${(status ? found : ["nothing was rotated yet", ...found]).map(
                          (one) => markup`<li>${one}</li>`,
                      )}
                  </ul>
              </div>`;
    if (!status) return verdict;
    const { keeper, since, ageDays = 0, due, accepted, receivers } = status;
    const proven = Object.values(receivers).flatMap((one) => one.proven.map(({ at }) => at));
    const lost = traffic?.senders.reduce((sum, one) => sum + one.lost, 0);
    const facts: readonly (readonly [string, ...Content[]])[] = [
        [
            "In use",
            renderLabels([keeper]),
            markup`since ${renderDay(since)}, ${ageDays === 1 ? "1 day" : `${ageDays} days`}`,
        ],
        ["Next rotation due", renderDay(due)],
        ["Receivers accept", renderLabels(accepted)],
        ["Last proven", renderDay(proven.sort().at(-1))],
        ...(lost === undefined
            ? []
            : [["Samples lost", sayCount(lost), "in its hand-over"] as const]),
    ];
    return markup`${verdict}
        <dl class="facts">
            ${facts.map(
                ([name, ...values]) =>
                    markup`<div>
                        <dt>${name}</dt>
                        ${values.map((value) => markup`<dd>${value}</dd>`)}
                    </div>\n`,
            )}
        </dl>`;
}

function renderSteps({ steps, generation, accepted, what }: Rotation): Markup {
    return markup`<section aria-labelledby="steps">
        <h2 id="steps">Step by step: ${generation}</h2>
        <p class="quiet">
            This update ${what.join("; ")}. Receivers accept ${renderLabels(accepted)} since.
        </p>
        <ol class="timeline">
            ${steps.map(
                ({ at, what, where, who }) =>
                    markup`<li>
                        <p><strong>${what}</strong></p>
                        <p class="quiet">
                            ${renderTime(at)} · ${where}${who === "" ? "" : ` · by ${who}`}
                        </p>
                    </li>\n`,
            )}
        </ol>
    </section>`;
}

function renderHistory({ rotations }: Evidence): Markup {
    const rows = rotations.map((one) => [
        renderTime(one.finished),
        one.fault === undefined ? one.what.join("; ") : `does not count: ${one.fault}`,
        renderLabels(one.accepted),
        one.proven.length === 0
            ? "-"
            : one.proven.map(({ receiver, how }) => markup`<div>${receiver}: ${how}</div>`),
        one.by,
        renderCommit(one.commit),
    ]);
    return markup`<section aria-labelledby="history">
        <h2 id="history">History</h2>
        ${renderTable({
            caption: "Every update that was recorded, the newest first",
            header: ["Finished", "What", "Accepted since", "Proven", "By", "Commit"],
            rows,
        })}
    </section>`;
}

/** What the page rests on, and what it does not say. */
function renderGrounds({ evidence, traffic }: Shown): Markup {
    const vouched = evidence.signed
        ? "Records count only where this stack's verification key signed them."
        : "Records are shown as they stand in the mirror: no verification key was given, so whoever can write there can have written them.";
    const counted = traffic
        ? "Samples are those that the Prometheus asked has scraped the counters of."
        : "No Prometheus was asked, so nothing is said of samples.";
    return markup`<p>
        ${vouched} ${counted} Times are of the machine that ran the update, and of whoever
        committed. No secret is in this page, and it asks for nothing else. prometheus-write-secret
        ${packageJson.version}
    </p>`;
}
