import type { Command, CommandOptions } from "commander";
import { choose } from "./extract/choose.ts";
import {
    type Candidate,
    describe,
    type Description,
    render,
    type Source,
} from "./extract/place.ts";
import { AUTOMATIC, SOURCES } from "./extract/places.ts";
import { appendAudit, isAudited } from "../update/auditFile.ts";
import { adopt, requireLabel } from "./adopt.ts";
import { createCommand, runCommand } from "./command.ts";
import { listCandidates } from "./extract/list.ts";
import { toPrintable } from "./extract/suspicion.ts";
import { machine } from "./extract/machine.ts";
import { stackName } from "./runPulumi.ts";

interface Options extends Readonly<Record<string, string | boolean | undefined>> {
    readonly choose?: string;
    readonly username?: string;
    readonly label: string;
    readonly dryRun: boolean;
    readonly json: boolean;
}

const command = createCommand(
    "extract",
    "Finds the credential senders push with today, and has the stack adopt it.",
).addHelpText(
    "after",
    `
Examples:
  npm run extract -- /etc/prometheus/prometheus.yml --dry-run
  npm run extract -- .                                   # a repository
  npm run extract -- monitoring/remote-write             # a Secret in the cluster
  npm run extract -- prometheus /etc/prometheus/prometheus.yml --dry-run
  npm run extract -- prometheus /etc/prometheus/prometheus.yml --choose 2

The credential is never printed; pulumi reads it from its standard input. The stack is the one selected (pulumi stack
select), its configuration is Pulumi.<stack>.yaml: commit it afterwards.`,
);
addSource(command, AUTOMATIC, { isDefault: true });
for (const source of SOURCES) addSource(command, source);

function addSource(parent: Command, source: Source, how: CommandOptions = {}): void {
    const subcommand = parent.command(source.name, how).description(source.description);
    subcommand.argument(...source.argument);
    for (const option of source.options) subcommand.option(...option, joinRepeated);
    subcommand
        .option("--choose <n or place>", "which one to adopt, where several are found")
        .option("--username <name>", "the username, where the place does not tell it")
        .option("--label <label>", "what to name it as a generation", "by-hand")
        .option("--dry-run", "only report what is found", false)
        .option("--json", "for machines", false)
        .showHelpAfterError()
        .action(async (given: string | readonly string[] | undefined, options: Options) => {
            const args = given === undefined ? [] : [given].flat();
            await extract(source, args, options);
        });
}

/**
 * What is given more than once, with commas between: nothing that is given is passed over in
 * silence.
 */
function joinRepeated(value: string, former: string | undefined): string {
    return former === undefined ? value : `${former},${value}`;
}

async function extract(source: Source, args: readonly string[], options: Options): Promise<void> {
    const given = Object.fromEntries(
        Object.entries(options).filter((entry): entry is [string, string] => {
            return typeof entry[1] === "string";
        }),
    );
    let descriptions: readonly Description[] = [];
    try {
        requireLabel(options.label);
        const listed = await listCandidates(source, args, given, machine);
        const found = listed.map((one) => complete(one, options));
        descriptions = found.map((one, index) => describe(one, index + 1));
        if (!options.json) for (const description of descriptions) console.log(render(description));
        const chosen = pick(found, options);
        if (chosen !== undefined) {
            await adopt(chosen, options.label);
            await auditExtracted(chosen, options.label);
        }
        if (options.json) {
            const adopted = chosen && { place: chosen.place, label: options.label };
            report({ found: descriptions, adopted });
        } else if (chosen !== undefined) {
            console.log(
                `\nAdopted ${chosen.place} as ${options.label}. Move off it with: npm run rotate`,
            );
        }
    } catch (error) {
        const message = toLine(error);
        if (options.json) report({ found: descriptions, error: message });
        throw new Error(message, { cause: error });
    }
}

async function auditExtracted({ place }: Candidate, generation: string): Promise<void> {
    if (!isAudited()) return;
    appendAudit(await stackName(), { operation: "extracted", generation, where: place });
}

/** For machines: what an error is comes there too, beside the line on standard error. */
function report(content: object): void {
    console.log(JSON.stringify(content, undefined, 4));
}

function toLine(error: unknown): string {
    return toPrintable(
        (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " "),
    );
}

function pick(
    found: readonly Candidate[],
    { dryRun, choose: wanted }: Options,
): Candidate | undefined {
    return dryRun && found.length > 0 ? undefined : choose(found, wanted);
}

/** With a username, what looked like a bearer token is a password. */
function complete(found: Candidate, { username }: Options): Candidate {
    const open = found.kind === "bearer token" || found.kind === "basic auth";
    if (username === undefined || !open) return found;
    return { ...found, kind: "basic auth", username: found.username ?? username };
}

// A wrong option too: what reads this program parses its standard output.
if (process.argv.includes("--json")) {
    for (const one of [command, ...command.commands]) {
        one.exitOverride((error) => {
            if (error.exitCode !== 0)
                report({ found: [], error: toLine(error).replace(/^error: /, "") });
            process.exit(error.exitCode);
        });
    }
}
await runCommand(command);
