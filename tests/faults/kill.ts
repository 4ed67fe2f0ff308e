// `pulumi` killed at every step of a rotation, right before and right after it.
import type { Fault } from "./fault.ts";
import { type Field, type Moment, stepAt } from "./field.ts";

const SECRET = "kubernetes:core/v1:Secret";

/** Runs a rotation that drops a generation, and makes two faults of each of its steps. */
export async function killFaults(field: Field): Promise<Fault[]> {
    await field.rotate();
    await field.rotate(); // from here on each rotation drops one
    const { events } = await field.rotate();
    const moments = events.flatMap((event) =>
        (["pre", "out"] as const).flatMap((when): Moment[] => {
            const step = stepAt(event, when);
            // A component has no step of its own; `replace` is a mark in the engine's own book.
            if (!step || step.op === "replace") return [];
            // A refresh writes nothing but the record, at its end: one of them stands for all.
            if (step.op === "refresh" && !(when === "out" && step.type === SECRET)) return [];
            const name = step.urn.split("::").at(-1) ?? "";
            // What was replaced is deleted from the book alone; the record's stands for both.
            if (step.op === "delete-replaced" && name === "mirror-sealed") return [];
            return [{ when, op: step.op, type: step.type, name: pattern(name) }];
        }),
    );
    return moments.map((moment) => killedAt(moment));
}

/** The names of generations are other ones the next time. */
function pattern(name: string): RegExp {
    return new RegExp(`^${name.replace(/^write-f\d+$/, "write-f\\d+")}$`);
}

function killedAt(moment: Moment): Fault {
    const { when, op, type } = moment;
    const what = type.replace(/^.*:/, "");
    const name = moment.name.source.slice(1, -1).replace("write-f\\d+", "generation");
    const label = `${op} ${what} ${name}`;
    const quick = when === "out" && /^(prometheus|vmauth)$/.test(name);
    return {
        name: `killed ${when === "pre" ? "before" : "after"} ${label}`,
        where: "engine",
        quick,
        run: async (field) => {
            await field.bump();
            await field.upKilled(moment);
        },
    };
}
