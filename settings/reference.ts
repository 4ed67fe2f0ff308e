import { configurationSchema, type JsonSchema } from "./jsonSchema.ts";
import type { Kinds, ReceiverForm } from "./schema.ts";

/** Where a section's subject is told in full, beside the reference. */
const FURTHER: Readonly<Record<string, string>> = {
    "`mirror` on GitHub": "[The mirror on GitHub](mirror-github.md) tells more.",
    "`mirror` on any Git host":
        "[A mirror on any Git host](mirror-any-git-host.md) tells more. The repository must exist.",
    "`adopted`": "[Extract](extract.md) tells where `npm run extract` finds one.",
    "`emergency`": "[An emergency](operating.md#an-emergency) tells what happens.",
    "`aws`": "[AWS](aws.md) tells more. Without the key nothing of AWS is loaded.",
};

/** A key, as a row of a table has it. */
interface Row {
    readonly key: string;
    readonly form: JsonSchema;
    readonly isRequired: boolean;
}

/** `docs/configuration.md`: every key of the configuration of a project, in Markdown. */
export function renderReference(kinds: Kinds, project: string): string {
    const rows = rowsOf(configurationSchema(kinds), "");
    const plain = rows.filter(({ form }) => !isSection(form));
    const sections = rows.filter(({ form }) => isSection(form));
    return [
        introduction(project),
        "## The rotation",
        "[Who can open the mirror](mirror-formats.md) tells of `recipients` and `keyring`, " +
            "[When the old generation goes](operating.md#when-the-old-generation-goes) of what is " +
            "retired, and when.",
        table(plain),
        ...sections.flatMap((row) => renderSection(row, kinds)),
    ].join("\n\n");
}

function introduction(project: string): string {
    return `# Configuration

What \`Pulumi.<stack>.yaml\` holds. All keys are in the namespace of the project: \`rotation\` stands there as
\`${project}:rotation\`. Mistakes are refused in preview, in one line that names the key. Paths of
your files are relative to \`Pulumi.yaml\`.

- Two values are secrets, \`adopted.value\` and \`mirror.token\`, and refused in plain text:
  \`pulumi config set --secret --path ${project}:mirror.token\` asks for one, and writes it
  encrypted, as \`secure:\`.
- Of other namespaces, \`github:owner\` must be \`mirror.owner\`, and \`kubernetes:context\` is the
  context of your kubeconfig; its current one when left out. \`grafana:cloudAccessPolicyToken\`, a
  secret too, mints [tokens of Grafana Cloud](receivers.md#minted-by-grafana-cloud).

**In an editor** with the YAML language server, this first line of \`Pulumi.<stack>.yaml\` completes
the keys, explains them, and marks what is wrong, but for what only code can check:

\`\`\`yaml
# yaml-language-server: $schema=docs/Pulumi.stack.schema.json
config:
    ${project}:rotation: "2026-11-21"
\`\`\`

This page and that schema are written from \`settings/schema.ts\` and the kinds in \`kinds/\`: change
those, and run \`npm run reference\`.`;
}

/** What gets a section of its own: a mapping, and a list of mappings. */
function isSection(form: JsonSchema): boolean {
    return form.anyOf !== undefined || form.properties !== undefined || kindsIn(form).length > 0;
}

/** The forms of a list's items, one a kind. */
function kindsIn({ items }: JsonSchema): readonly JsonSchema[] {
    return (items as JsonSchema | undefined)?.oneOf ?? [];
}

function renderSection({ key, form, isRequired }: Row, kinds: Kinds): readonly string[] {
    const about = `${form.description ?? ""} ${isRequired ? "Required." : "May be left out."}`;
    if (key === "receivers" || key === "senders") {
        return [
            `## \`${key}\``,
            `${about} ${capital(limits(form))}.`,
            ...renderKinds(key, form, kinds[key]),
        ];
    }
    if (form.anyOf) {
        const forms = form.anyOf as readonly JsonSchema[];
        return forms.flatMap((one) => titled(`\`${key}\` ${one.title ?? ""}`, about, one, key));
    }
    return titled(`\`${key}\``, about, form, key);
}

function titled(title: string, about: string, form: JsonSchema, key: string): readonly string[] {
    const further = FURTHER[title];
    const words = further === undefined ? about : `${about} ${further}`;
    return [`## ${title}`, words, table(rowsOf(form, `${key}.`))];
}

/** What every item of a list has, and then what its kind adds. */
function renderKinds(
    key: string,
    form: JsonSchema,
    kinds: Readonly<Record<string, Pick<ReceiverForm, "settings">>>,
): readonly string[] {
    const forms = kindsIn(form).map((one) => rowsOf(one, `${key}[].`));
    const tables = Object.entries(kinds).map(([name, { settings }], index) => {
        const own = Object.keys(settings.shape).map((one) => `${key}[].${one}`);
        const isOwn = (row: Row) =>
            own.some((one) => row.key === one || row.key.startsWith(one + "."));
        const all = (forms[index] ?? []).filter((row) => row.key !== `${key}[].kind`);
        return { name, common: all.filter((row) => !isOwn(row)), own: all.filter(isOwn) };
    });
    const names = Object.keys(kinds).map((name) => `\`${name}\``);
    const kind: Row = {
        key: `${key}[].kind`,
        form: { must: [`must be ${list(names)}`], description: "What it is: see below." },
        isRequired: true,
    };
    return [
        table([kind, ...(tables[0]?.common ?? [])]),
        ...tables.flatMap(({ name, own }) => [
            `### \`${key}\` of kind \`${name}\``,
            kinds[name]?.settings.description ?? "",
            own.length > 0 ? table(own) : "No keys of its own.",
        ]),
    ];
}

/** The keys of a mapping, each before those inside it. */
function rowsOf(form: JsonSchema, prefix: string): readonly Row[] {
    const properties = Object.entries(form.properties ?? {}) as [string, JsonSchema][];
    return properties.flatMap(([name, value]) => {
        const key = prefix + name;
        const isRequired = (form.required ?? []).includes(name) && value.default === undefined;
        const row = { key, form: value, isRequired };
        if (prefix === "") return [row];
        const items = value.items as JsonSchema | undefined;
        const inside = items?.properties ? rowsOf(items, `${key}[].`) : rowsOf(value, `${key}.`);
        return [row, ...inside];
    });
}

function table(rows: readonly Row[]): string {
    const cells = rows.map(({ key, form, isRequired }) => [
        `\`${key}\``,
        limits(form),
        isRequired ? "required" : standard(form),
        form.description ?? "",
    ]);
    const lines = [["key", "must be", "default", "meaning"], ["-", "-", "-", "-"], ...cells];
    return lines.map((line) => `| ${line.map(escapeCell).join(" | ")} |`).join("\n");
}

/** A cell has no bars, and no tags outside code. */
function escapeCell(text: string): string {
    return text
        .replaceAll("|", "\\|")
        .split("`")
        .map((part, index) => (index % 2 === 0 ? part.replaceAll("<", "\\<") : part))
        .join("`");
}

function standard({ default: value }: JsonSchema): string {
    if (value === undefined) return "";
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (text === "[]" || text === "{}") return "none";
    return `\`${text}\``;
}

/** What a value must be, in words. */
function limits(form: JsonSchema): string {
    const { type, must = [], items, minimum, maximum, minItems, maxLength } = form;
    const values = form.enum ?? (form.const === undefined ? undefined : [form.const]);
    if (values) return list(values.map((value) => `\`${String(value)}\``));
    if (type === "array") {
        const least =
            minItems === undefined ? "" : `, ${minItems === 1 ? "one" : minItems} at least`;
        return `a list${least}${ofWhat(items as JsonSchema)}`;
    }
    if (type === "object") return mapping(form);
    if (type === "boolean") return "`true` or `false`";
    if (type === "integer") return `a number, ${minimum ?? 0} to ${maximum ?? "any"}`;
    // Without the reasons, which follow a colon.
    const briefly = must.map((one) => one.split(": ", 1)[0] ?? "");
    const words = briefly.map((one, index) => (index === 0 ? one.replace(/^must be /, "") : one));
    if (maxLength !== undefined) words.push(`${maxLength} characters at most`);
    return words.join("; ") || "text";
}

function ofWhat(items: JsonSchema): string {
    if (items.oneOf ?? items.properties) return "";
    const what = limits(items);
    return what === "text" ? "" : `; each ${what}`;
}

function mapping({ additionalProperties, propertyNames }: JsonSchema): string {
    if (typeof additionalProperties !== "object") return "a mapping";
    const names = propertyNames ? ` of ${limits(propertyNames as JsonSchema)}` : "";
    return `a mapping${names} to ${limits(additionalProperties)}`;
}

function capital(text: string): string {
    return text.charAt(0).toUpperCase() + text.slice(1);
}

function list(words: readonly string[]): string {
    return words.length < 2
        ? words.join("")
        : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}
