// A kind nobody runs, which the tests add to the table in a copy of the program: a ledger of lines,
// with a username a generation.
import * as z from "zod";
import { valueAt } from "../../../rotation/generation.ts";
import type { ReceiverSettings } from "../../../settings/settings.ts";
import type { ReceiverKind } from "../../../kinds/receiverKind.ts";

/** A receiver that reads a ledger. */
interface LedgerSettings extends ReceiverSettings {
    readonly realm: string;
}

export const ledger: ReceiverKind<LedgerSettings> = {
    settings: z.strictObject({ realm: z.string().default("push") }),
    example: { realm: "write" },
    usernames: "generation",
    render: ({ name, realm, url }, accepted) => {
        if (accepted.length === 0) throw new Error("a ledger needs at least one generation");
        const lines = accepted.map((one) =>
            JSON.stringify([one.label, one.username, valueAt(one, name), realm, url]),
        );
        return { ledger: `${lines.join("\n")}\n` };
    },
    parse: ({ ledger: text }) =>
        text
            ?.split("\n")
            .filter(Boolean)
            .map((line) => {
                const [label, username, value, ...route] = read(line);
                return { label, username, form: "basic", value, route };
            }),
    select: ({ ledger: text = "", ...files }, chosen) => {
        const lines = text.split("\n").filter(Boolean);
        const kept = chosen.flatMap(({ label }) => lines.filter((line) => read(line)[0] === label));
        return { ...files, ledger: `${kept.join("\n")}\n` };
    },
    verdict: (status) => (status < 300 ? "accepted" : status === 401 ? "refused" : "unknown"),
};

function read(line: string): readonly string[] {
    try {
        return JSON.parse(line) as readonly string[];
    } catch {
        throw new Error("the ledger cannot be read");
    }
}
