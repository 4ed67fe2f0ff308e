import { stringify } from "yaml";
import type { SenderKind } from "../../kinds/senderKind.ts";
import { SENDERS } from "../../kinds/senders.ts";
import type { Login } from "../../settings/schema.ts";
import { exampleOf, uptakeOf } from "./describe.ts";

/** `docs/kinds.md`: what each kind of sender reads, and what to write for it. */
export function renderKinds(): string {
    const rows = Object.entries(SENDERS).map(([name, kind]) => {
        const { reads, inGap, tested } = kind.facts;
        return `| [\`${name}\`](#${name}) | ${reads} | ${uptakeOf(kind)} s | ${inGap} | ${tested} |`;
    });
    return [
        "# Kinds of senders",
        "What each reads, and what to write for it. `npm run kinds -- <kind>` prints the same, with " +
            "`--username <name>` for basic authentication; [Configuration](configuration.md#senders) has the keys. " +
            "None loses a sample in a rotation by its nature, unless it must be restarted for it: it pushes with a credential that " +
            "receivers accept at every moment. The column of the gap says what would become of samples otherwise. " +
            "[Matrix](matrix.md) is what each lost with each receiver, in a run.",
        [
            "| kind | reads its credential from | pushes with a new one within | in a gap | run with |",
            "| - | - | - | - | - |",
            ...rows,
        ].join("\n"),
        "This page is written from `kinds/senders/`: change that, and run `npm run reference`.",
        ...Object.entries(SENDERS).flatMap(renderKind),
    ].join("\n\n");
}

function renderKind([name, kind]: [string, SenderKind]): readonly string[] {
    const basic = { username: "edge" };
    const differs = JSON.stringify(kind.example({})) !== JSON.stringify(kind.example(basic));
    return [
        `## ${name}`,
        kind.settings.description ?? "",
        ...renderExample(name, {}, differs ? "With a bearer token" : ""),
        ...(differs ? renderExample(name, basic, "With a username and a password") : []),
    ];
}

function renderExample(name: string, login: Login, title: string): readonly string[] {
    const { entry, snippets } = exampleOf(name, login);
    const fence = (language: string, text: string) =>
        `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
    return [
        ...(title === "" ? [] : [`### ${title}`]),
        fence("yaml", stringify({ senders: [entry] }, { lineWidth: 0 })),
        ...snippets.flatMap((one) => [`${one.title}:`, fence(one.language, one.text)]),
    ];
}
