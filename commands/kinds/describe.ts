import { stringify } from "yaml";
import type { ReceiverKind } from "../../kinds/receiverKind.ts";
import { RECEIVERS } from "../../kinds/receivers.ts";
import type { SenderKind, Snippet } from "../../kinds/senderKind.ts";
import { kindOfSender, SENDERS } from "../../kinds/senders.ts";
import type { Login } from "../../settings/schema.ts";
import type { SenderSettings } from "../../settings/settings.ts";

/** Where the examples push. */
const TARGET = { name: "central", url: "https://push.example.com/api/v1/write" };
const SENDER = { name: "edge", namespace: "monitoring" };

/** What people write to have a sender of a kind. */
export interface Example {
    /** Its entry of the stack. */
    readonly entry: object;
    /** What they paste where the sender is configured. */
    readonly snippets: readonly Snippet[];
}

/** The example of a kind, for who asks for this. */
export function exampleOf(name: string, login: Login = {}): Example {
    const kind = kindOfSender({ kind: name });
    const given = kind.example(login);
    const settings = {
        ...{ ...SENDER, kind: name, receiver: TARGET.name },
        secret: `${SENDER.name}-write-credential`,
        ...kind.complete(kind.settings.parse(given), {
            ...{ name: SENDER.name, key: "senders[0]", login },
            read: (_key, path) => ({ path, text: "" }),
        }),
    };
    const { namespace } = SENDER;
    return {
        entry: { name: SENDER.name, kind: name, ...(!kind.external && { namespace }), ...given },
        snippets: kind.snippets(settings, { ...TARGET, ...login }),
    };
}

/** Within how long a sender of the example takes up a change. */
export function uptakeOf(kind: SenderKind): number {
    const given = kind.settings.parse(kind.example({}));
    const read = (_key: string, path: string) => ({ path, text: "" });
    const surroundings = { name: SENDER.name, key: "senders[0]", login: {}, read };
    return kind.uptake(kind.complete(given, surroundings) as SenderSettings).withinSeconds;
}

/** All kinds, a line each. */
export function listKinds(): string {
    const senders = Object.entries(SENDERS).map(([name, kind]) => [
        name,
        `reads ${kind.facts.reads}; within ${uptakeOf(kind)} s`,
    ]);
    const receivers = Object.entries(RECEIVERS).map(([name, kind]) => [
        name,
        (kind.usernames === "shared"
            ? "one username for all generations"
            : "a username a generation") + describeProof(kind),
    ]);
    const table = (title: string, rows: readonly (readonly string[])[]) => [
        title,
        ...rows.map(([name = "", words = ""]) => `  ${name.padEnd(26)}${words}`),
    ];
    return [
        ...table("senders", senders),
        ...table("receivers", receivers),
        "",
        "npm run kinds -- <kind of sender> prints what to write",
    ].join("\n");
}

function describeProof({ external, countUse }: ReceiverKind): string {
    if (external) return "; configured by its owner alone, and asked what it refuses";
    return countUse ? "; its counters prove who uses what" : "; nothing proves who uses what";
}

/** What to write for a sender of a kind. */
export function describeKind(name: string, login: Login): string {
    const { entry, snippets } = exampleOf(name, login);
    const indented = (text: string) => text.trimEnd().replaceAll(/^(?=.)/gm, "    ");
    const stack = {
        title: "In Pulumi.<stack>.yaml, in the namespace of the project",
        text: stringify({ senders: [entry] }, { lineWidth: 0 }),
    };
    return [stack, ...snippets]
        .map(({ title, text }) => `${title}:\n\n${indented(text)}\n`)
        .join("\n");
}
