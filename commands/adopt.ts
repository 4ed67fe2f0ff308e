import { messageOf } from "../text/messageOf.ts";
import { configKey } from "./projectName.ts";
import { isLabel } from "../rotation/generation.ts";
import type { Candidate } from "./extract/place.ts";
import { feed } from "./runPulumi.ts";

type Entry = { readonly value?: string; readonly secret?: boolean } | undefined;

/**
 * Puts a credential into the selected stack's configuration as the generation `label`, encrypted by
 * its secrets provider.
 *
 * The value goes to pulumi's standard input: arguments and environments are for all to read. What
 * was written is read back and compared. When a step fails, what the steps before it wrote is taken
 * back. Throws a one-line error, without the value.
 */
export async function adopt(
    { kind, username, value = "" }: Pick<Candidate, "kind" | "username" | "value">,
    label: string,
): Promise<void> {
    const environment = withoutCredential(process.env, username, value);
    const run = (input: string, ...args: readonly string[]) =>
        feed(input, environment, "config", ...args);
    const [adopted, usernameKey] = [configKey("adopted"), configKey("username")];
    const config = JSON.parse(await run("", "--json")) as Record<string, Entry>;
    const expected = kind === "basic auth" ? username : undefined;
    refuseAdopted(config[adopted], adopted);
    const configured = config[usernameKey]?.value || undefined; // empty is what may be left out
    refuseOtherForm(configured, expected, usernameKey);
    await run(value, "set", "--path", "--secret", `${adopted}.value`);
    try {
        await run(label, "set", "--path", "--type=string", `${adopted}.label`);
        const kept = await run("", "get", "--path", `${adopted}.value`);
        if (kept !== value) throw new Error("pulumi kept another value than it was given");
        // Last, so that there is but one key to take back.
        if (expected !== configured) await run(expected ?? "", "set", "--plaintext", usernameKey);
    } catch (error) {
        const reason = messageOf(error);
        await run("", "rm", adopted).catch(() => {
            throw new Error(`${reason}; half of it was kept: pulumi config rm ${adopted}`);
        });
        throw new Error(`${reason}: nothing was adopted`, { cause: error });
    }
}

/** Throws unless `label` can name a generation. */
export function requireLabel(label: string): void {
    if (isLabel(label)) return;
    throw new Error(
        `--label must be 1 to 40 letters and digits, with ".", "_" and "-" inside, got "${label}"`,
    );
}

/** Receivers accept what is adopted: another value under it would end that. */
function refuseAdopted(entry: Entry, key: string): void {
    if (entry === undefined || entry.value === "{}") return;
    throw new Error(
        `the stack has adopted a credential already: where no sender uses that any more, pulumi config rm ${key}`,
    );
}

function refuseOtherForm(
    configured: string | undefined,
    expected: string | undefined,
    key: string,
): void {
    if (configured === undefined || configured === expected) return;
    throw new Error(
        expected === undefined
            ? `the stack pushes with basic auth (${key} is set): a bearer token cannot be adopted beside it`
            : `the stack's ${key} is not the username of this credential: choose that one, or change the key`,
    );
}

/**
 * What pulumi gets of our environment: not the credential, where it stands there, as long as pulumi
 * works without.
 */
function withoutCredential(
    environment: NodeJS.ProcessEnv,
    username: string | undefined,
    value: string,
): NodeJS.ProcessEnv {
    const needed = /^(?:PATH|HOME|PULUMI_.*)$/;
    const basic = Buffer.from(`${username ?? ""}:${value}`).toString("base64");
    const forms = [value, encodeURIComponent(value), basic];
    return Object.fromEntries(
        Object.entries(environment).filter(
            ([name, text = ""]) => needed.test(name) || !forms.some((form) => text.includes(form)),
        ),
    );
}
