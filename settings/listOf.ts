import * as z from "zod";

/** What a list needs to know of a kind. */
interface Form {
    /** Its keys, beside those that every kind has. */
    readonly settings: z.ZodObject;
    /** There where this program writes nothing for it: it has other keys in common then. */
    readonly external?: boolean | undefined;
}

/** A list of what every one has and what its kind has. */
export function listOf(
    common: { readonly written: z.ZodRawShape; readonly external: z.ZodRawShape },
    kinds: Readonly<Record<string, Form>>,
    what: string,
) {
    const forms = Object.entries(kinds).map(([name, { settings, external }]) =>
        z.strictObject({
            ...(external ? common.external : common.written),
            kind: z.literal(name).describe(`\`${name}\`.`),
            ...settings.shape,
        }),
    );
    const [first, ...others] = forms;
    if (!first) throw new Error(`there is no kind of ${what}`);
    return z
        .array(z.discriminatedUnion("kind", [first, ...others]))
        .min(1, `must list one ${what} at least`);
}
