import { judgeStatus, type Status } from "../rotation/status.ts";
import { readConfig, readRecorded, readRetired } from "./runPulumi.ts";

/** The option of commands that judge ages. */
export const MAX_AGE = [
    "--max-age <days>",
    "days after which a rotation is overdue",
    "90",
] as const;

/**
 * How the selected stack's credential stands, from its configuration and its recorded state.
 *
 * @param maxAgeDays Days after which a rotation is overdue. Defaults to those of {@link MAX_AGE}.
 */
export async function readStatus(
    maxAgeDays = Number(MAX_AGE[2]),
    now = new Date(),
): Promise<Status> {
    const rotation = (await readConfig("rotation")) ?? "";
    return judgeStatus(
        { rotation, unwanted: await unwanted() },
        await readRecorded(),
        now,
        maxAgeDays,
    );
}

/** What the configuration names to be refused. */
async function unwanted(): Promise<readonly string[]> {
    const { leaked } = JSON.parse((await readConfig("emergency")) ?? "{}") as {
        leaked?: string | number;
    };
    return [...(await readRetired()), ...(leaked === undefined ? [] : [String(leaked)])];
}

/** A number of days as it is given to an option: `80` or `80d`. */
export function parseDays(option: string, text: string): number {
    const days = Number(text.replace(/d$/, ""));
    if (days > 0) return days;
    throw new Error(`${option} must be a number of days above 0, such as 80d, got ${text}`);
}
