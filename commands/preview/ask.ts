import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import * as z from "zod";
import { type Outlook, OUTLOOK_FILE } from "../../rotation/outlook.ts";
import { runJobs } from "../progress.ts";
import { withTemporary } from "../runPulumi.ts";

/** What the engine would do to a resource. */
export interface Step {
    readonly op: string;
    readonly urn: string;
    /** Where an object of Kubernetes is. */
    readonly metadata: { readonly namespace?: string; readonly name?: string } | undefined;
    /** Which of its properties would change, by path: no value is in it. */
    readonly properties: readonly string[];
}

/** Something the program, or the engine, says. */
export interface Diagnostic {
    readonly severity: string;
    readonly message: string;
}

/** What came of asking the engine for a preview. */
export interface Asked {
    readonly exitCode: number;
    /** Undefined where the program did not get as far. */
    readonly outlook: Outlook | undefined;
    readonly steps: readonly Step[];
    readonly diagnostics: readonly Diagnostic[];
}

const text = z.string().optional().catch(undefined);
const stateSchema = z
    .object({
        inputs: z.object({
            metadata: z.object({ namespace: text, name: text }).optional().catch(undefined),
        }),
    })
    .optional()
    .catch(undefined);
const digestSchema = z.object({
    steps: z
        .array(
            z.object({
                op: z.string(),
                urn: z.string(),
                oldState: stateSchema,
                newState: stateSchema,
                detailedDiff: z.record(z.string(), z.unknown()).nullish(),
            }),
        )
        .default([]),
    diagnostics: z.array(z.object({ severity: z.string(), message: z.string() })).default([]),
});

/**
 * Asks the engine what `pulumi up` would do (`pulumi preview --json`, 3.259).
 *
 * Throws a one-line error when it says nothing that can be read.
 */
export async function ask(...args: readonly string[]): Promise<Asked> {
    return withTemporary(async (env) => {
        const file = join(env.TMPDIR, "outlook.json");
        const {
            exitCode = 1,
            stdout,
            stderr,
        } = await execa("pulumi", ["preview", "--json", "--non-interactive", ...args], {
            env: { ...env, [OUTLOOK_FILE]: file },
            reject: false,
        });
        const told = await readFile(file, "utf8").catch(() => undefined);
        const outlook = told === undefined ? undefined : (JSON.parse(told) as Outlook);
        return { exitCode, outlook, ...parseDigest(stdout, stderr) };
    });
}

/** The same, with a sign of life. */
export async function askBeforeEyes(...args: readonly string[]): Promise<Asked> {
    const asked = Promise.withResolvers<Asked>();
    const run = async () => {
        asked.resolve(await ask(...args));
    };
    await runJobs([{ title: "look at what would change", run }], process.stderr);
    return asked.promise;
}

function parseDigest(stdout: string, stderr: string): Pick<Asked, "steps" | "diagnostics"> {
    const { data } = digestSchema.safeParse(parseJson(stdout));
    if (data === undefined) {
        const line = stderr.split("\n").find((one) => one.startsWith("error: "));
        throw new Error(
            `pulumi preview: ${line?.replace("error: ", "") ?? "it said nothing that can be read"}`,
        );
    }
    const steps = data.steps.map(({ op, urn, oldState, newState, detailedDiff }) => ({
        ...{ op, urn, properties: Object.keys(detailedDiff ?? {}) },
        metadata: (newState ?? oldState)?.inputs.metadata,
    }));
    return { steps, diagnostics: data.diagnostics };
}

function parseJson(content: string): unknown {
    try {
        return JSON.parse(content);
    } catch {
        return undefined;
    }
}
