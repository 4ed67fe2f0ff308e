import { randomBytes } from "node:crypto";
import { probeAll } from "../../proof/probe.ts";
import { knownAt, type RecordedUse } from "../../rotation/recordedUse.ts";
import { type ReceiverSettings, type Settings, usernameOf } from "../../settings/settings.ts";
import { credentialAt } from "../../update/gate.ts";
import type { Finding } from "./finding.ts";

/** What a receiver is to say to a credential, and whose that is. */
interface Question {
    readonly token: string;
    readonly whose: string;
    readonly expected: "accepted" | "refused";
    readonly label: string;
}

/**
 * Asks every receiver, at each of its addresses, with every generation it is recorded to accept, with
 * what it was told to refuse and is still known, and with a made-up credential.
 */
export async function verifyReceivers(
    settings: Settings,
    recorded: RecordedUse,
): Promise<readonly Finding[]> {
    const asked = settings.receivers.flatMap((receiver) => {
        const questions = questionsFor(receiver, recorded);
        return questions.flatMap((question) =>
            receiver.probeUrls.map((url) => ask(receiver, url, question, settings)),
        );
    });
    return Promise.all(asked);
}

function questionsFor(receiver: ReceiverSettings, recorded: RecordedUse): readonly Question[] {
    const { accepted = [] } = recorded.receivers[receiver.name] ?? {};
    const known = [...new Set([...recorded.kept, ...Object.keys(recorded.adoptions)])];
    const refused = known.filter((label) => !accepted.includes(label));
    const of = (label: string, expected: Question["expected"]) => {
        const token = knownAt(receiver, label, recorded);
        return token === undefined || token === ""
            ? []
            : [{ token, whose: `generation ${label}`, expected, label }];
    };
    return [
        ...accepted.flatMap((label) => of(label, "accepted")),
        ...refused.flatMap((label) => of(label, "refused")),
        {
            token: randomBytes(32).toString("hex"),
            ...{ whose: "a made-up credential", expected: "refused", label: "" },
        },
    ];
}

async function ask(
    receiver: ReceiverSettings,
    url: string,
    { token, whose, expected, label }: Question,
    settings: Settings,
): Promise<Finding> {
    const generation = { label, value: token, username: usernameOf(settings, label) };
    const credential = credentialAt(receiver, generation);
    const { connections, name } = receiver;
    const { kind, reason } = await probeAll(url, { ...credential, expected, connections });
    const what = `receiver ${name} ${expected === "accepted" ? "accepts" : "refuses"} ${whose}`;
    return { what, fault: kind === expected ? undefined : `${reason} at ${url}` };
}
