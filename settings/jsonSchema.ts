import * as z from "zod";
import { gitHubMirror, gitMirror, mirrorSchema } from "./mirrorSchema.ts";
import { type Kinds, schemaOf } from "./schema.ts";

/** A JSON Schema of draft 7, which is what editors know best. */
export interface JsonSchema extends z.core.JSONSchema.BaseSchema {
    /** What an error says a value must be: the words of its checks. */
    must?: readonly string[];
    /** Whether it stands in the stack's file as `secure:`. */
    secret?: boolean;
}

/**
 * The configuration as a JSON Schema, with {@link JsonSchema.must} and {@link JsonSchema.secret}
 * beside the words of the draft. What only code can check is in neither.
 */
export function configurationSchema(kinds: Kinds): JsonSchema {
    return convert(schemaOf(kinds));
}

/** What a stack's file, `Pulumi.<stack>.yaml`, may hold of a project: for editors. */
export function stackFileSchema(kinds: Kinds, project: string): JsonSchema {
    const { $schema, properties = {}, required = [] } = configurationSchema(kinds);
    const inNamespace = (key: string) => `${project}:${key}`;
    const others = `^(?!${project.replaceAll(".", "\\.")}:)[^:]+:.+$`;
    const keys = Object.entries(properties as Record<string, JsonSchema>);
    return {
        $schema,
        title: `The configuration of a stack of ${project}`,
        type: "object",
        properties: {
            config: {
                type: "object",
                properties: Object.fromEntries(
                    keys.map(([key, form]) => [inNamespace(key), finish(orText(form))]),
                ),
                patternProperties: { [others]: {} },
                additionalProperties: false,
                required: required.map(inNamespace),
            },
        },
    };
}

function convert(schema: z.ZodType): JsonSchema {
    return z.toJSONSchema(schema, {
        io: "input",
        target: "draft-7",
        unrepresentable: "any",
        override: ({ zodSchema, jsonSchema }) => {
            complete(zodSchema, jsonSchema);
        },
    });
}

/** Adds what zod leaves out, and takes out what other validators do not know. */
function complete(schema: z.core.$ZodTypes, form: JsonSchema): void {
    if (schema === (mirrorSchema as z.core.$ZodType)) {
        completeMirror(form);
        return;
    }
    const { def } = schema._zod;
    const words = [def, ...(def.checks ?? []).map((check) => check._zod.def)]
        .map(({ error }) => (error as (() => unknown) | undefined)?.())
        .filter((text) => typeof text === "string");
    if (words.length > 0) form.must = words;
    if (form.format === "uri") {
        delete form.format;
        form.pattern = "^https?://(?![^/?#]*@)";
    }
    if (form.maximum === Number.MAX_SAFE_INTEGER) delete form.maximum;
    // The draft has no word for what must be left out, but refuses what it does not list.
    for (const [key, value] of Object.entries(form.properties ?? {})) {
        if (JSON.stringify(value) === "{}") delete form.properties?.[key];
    }
}

/** The code that tells the forms of a mirror apart hides them from zod. */
function completeMirror(form: JsonSchema): void {
    const { description } = form;
    for (const key of Object.keys(form)) Reflect.deleteProperty(form, key);
    const forms = { "on GitHub": gitHubMirror, "on any Git host": gitMirror };
    const anyOf = Object.entries(forms).map(([title, schema]) => {
        const converted = { title, ...convert(schema) };
        delete converted.$schema; // only at the top
        return converted;
    });
    Object.assign(form, { description, anyOf });
}

/** `pulumi config set` writes numbers and booleans as text where the key is no path. */
function orText(form: JsonSchema): JsonSchema {
    const { description, must, default: value, ...plain } = form;
    const pattern = { integer: "^[0-9]+$", boolean: "^(true|false)$" }[String(form.type)];
    if (pattern === undefined) return form;
    const anyOf = [plain, { type: "string" as const, pattern }];
    return { description, must, default: value, anyOf };
}

/** A schema in the draft's own words: {@link JsonSchema.must} goes into the description. */
function finish(form: JsonSchema): JsonSchema {
    const { must = [], secret, description, ...rest } = form;
    const sentences = [description, ...must.map(sentence)].filter((text) => text !== undefined);
    const told = sentences.length > 0 && { description: sentences.join(" ") };
    if (secret === true) return { ...told, ...SECURE };
    return { ...told, ...mapSchemas(rest, finish) };
}

/** What `pulumi config set --secret` writes. */
const SECURE: JsonSchema = {
    type: "object",
    properties: { secure: { type: "string" } },
    required: ["secure"],
    additionalProperties: false,
};

function sentence(must: string): string {
    return `${must.charAt(0).toUpperCase()}${must.slice(1)}.`;
}

/** The same schema with those inside it changed. */
function mapSchemas(form: JsonSchema, change: (form: JsonSchema) => JsonSchema): JsonSchema {
    const changed = { ...form };
    const { properties, items, additionalProperties, propertyNames } = form as {
        properties?: Record<string, JsonSchema>;
        items?: JsonSchema;
        additionalProperties?: JsonSchema | boolean;
        propertyNames?: JsonSchema;
    };
    if (properties) {
        const entries = Object.entries(properties);
        changed.properties = Object.fromEntries(entries.map(([key, one]) => [key, change(one)]));
    }
    if (items) changed.items = change(items);
    if (typeof additionalProperties === "object") {
        changed.additionalProperties = change(additionalProperties);
    }
    if (propertyNames) changed.propertyNames = change(propertyNames);
    for (const key of ["anyOf", "oneOf", "allOf"] as const) {
        const alternatives = form[key];
        if (alternatives) changed[key] = alternatives.map(change);
    }
    return changed;
}
