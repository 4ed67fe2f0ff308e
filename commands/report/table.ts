import { type Content, markup, type Markup } from "../../text/markup.ts";

/** A table as a page shows it. */
export interface Table {
    /** What it is of, for whoever cannot see where it stands. */
    readonly caption: string;
    readonly header: readonly string[];
    /** The first of each row names it. */
    readonly rows: readonly (readonly Content[])[];
    /** Columns with numbers, by their place. None unless given. */
    readonly numbers?: readonly number[];
}

/**
 * A table that a screen reader reads as one at every width: styled as blocks, it would be none
 * without the roles (HTML Accessibility API Mappings 1.0).
 */
export function renderTable({ caption, header, rows, numbers = [] }: Table): Markup {
    const kind = (index: number) => (numbers.includes(index) ? "number" : "text");
    const cell = (content: Content, index: number) => {
        if (index === 0) return markup`<th scope="row" role="rowheader">${content}</th>`;
        const column = header[index] ?? "";
        return markup`<td role="cell" class="${kind(index)}" data-column="${column}">${content}</td>`;
    };
    return markup`<div class="scroll" tabindex="0" role="group" aria-label="${caption}">
        <table role="table" class="stacked">
            <caption>${caption}</caption>
            <thead role="rowgroup">
                <tr role="row">
                    ${header.map(
                        (name, index) =>
                            markup`<th scope="col" role="columnheader" class="${kind(index)}">${name}</th>`,
                    )}
                </tr>
            </thead>
            <tbody role="rowgroup">
                ${rows.map((row) => markup`<tr role="row">${row.map(cell)}</tr>\n`)}
            </tbody>
        </table>
    </div>`;
}

const NONE = "-";

/** A time, to the second. */
export function sayTime(time: string): string {
    return `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;
}

/** The same for machines also; a dash where there is none. */
export function renderTime(time: string | undefined): Content {
    if (time === undefined) return NONE;
    const [day, ...clock] = sayTime(time).split(" ");
    return markup`<time datetime="${time}">${whole(day)} ${whole(clock.join(" "))}</time>`;
}

/** Labels of generations, none of which is broken in two. */
export function renderLabels(labels: readonly string[]): Content {
    return labels.map((label, index) => {
        const comma = index < labels.length - 1 ? "," : "";
        return [index > 0 ? " " : "", whole(label + comma)];
    });
}

function whole(text = ""): Markup {
    return markup`<span class="whole">${text}</span>`;
}

/** A number for people. */
export function sayCount(value: number): string {
    return value.toLocaleString("en-US");
}

/** A day. */
export function renderDay(time: string | undefined): Content {
    if (time === undefined) return NONE;
    return markup`<time class="whole" datetime="${time}">${time.slice(0, 10)}</time>`;
}

/** The beginning of a commit's id. */
export function renderCommit(commit: string | undefined): Content {
    return commit === undefined ? NONE : markup`<code>${commit.slice(0, 10)}</code>`;
}
