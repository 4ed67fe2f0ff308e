import { parseVerificationKey } from "../mirror/signingKey.ts";
import { inGlyphs } from "./inGlyphs.ts";
import { createCommand, runCommand } from "./command.ts";
import { readSettings } from "./readSettings.ts";
import { MAX_AGE, parseDays } from "./readStatus.ts";
import { type MirroredStack, onlyStack, readMirror } from "./recover/mirroredStacks.ts";
import type { MirrorSource } from "./recover/mirrorSource.ts";
import { type MirrorPlace, mirrorOptions, openMirror, openMirrorOf } from "./recover/openMirror.ts";
import { readVerificationKey } from "./recover/vouch.ts";
import { writeFiles } from "./recover/writeFiles.ts";
import { type Evidence, gatherEvidence } from "./report/evidence.ts";
import { windowOf } from "./report/handOver.ts";
import { renderPage } from "./report/page.ts";
import { askPrometheus } from "./report/prometheus.ts";
import type { Rotation } from "./report/rotations.ts";
import { describeTraffic, type Traffic } from "./report/traffic.ts";
import { readOutput, stackName } from "./runPulumi.ts";

interface Options extends MirrorPlace {
    readonly stack?: string;
    readonly verificationKey?: string;
    readonly generation?: string;
    readonly prometheus?: string;
    readonly select?: string;
    readonly around: string;
    readonly maxAge: string;
    readonly to: string;
    readonly json: boolean;
}

const command = mirrorOptions(
    createCommand(
        "report",
        "Writes what the mirror proves of every rotation into one HTML page. Without --repository and --github\n" +
            "it is the selected stack's mirror, and its verification key.",
    ),
)
    .option(
        "--verification-key <file or key>",
        "the stack output verificationKey: go by records alone that it signed",
    )
    .option(
        "--generation <label>",
        "tell the last rotation to this one step by step (default: the last)",
    )
    .option(
        "--prometheus <url>",
        "draw who pushed with what, and count samples, by this Prometheus",
    )
    .option("--select <matchers>", 'of its series those alone, such as cluster="eu"')
    .option("--around <minutes>", "minutes to draw before and after the rotation", "15")
    .option(...MAX_AGE)
    .option("--to <file>", "where to; what is there is replaced", "report.html")
    .option("--json", "for machines, on standard output", false)
    .addHelpText(
        "after",
        `
The page is whole: it asks for nothing else, holds no secret, and can be printed. No key is needed.

Examples:
  npm run report
  npm run report -- --prometheus http://prometheus.example:9090 --generation 2026-12-21
  npm run report -- --repository ./clone --verification-key verification.pub --to evidence.html`,
    )
    .action((options: Options) => inGlyphs(() => run(options)));

async function run(options: Options): Promise<void> {
    const maxAgeDays = parseDays("--max-age", options.maxAge);
    const evidence = await gather(options, maxAgeDays);
    const rotation = choose(evidence, options.generation);
    const traffic = rotation && (await readTraffic(evidence, rotation, options));
    if (options.json) {
        console.log(JSON.stringify({ ...evidence, traffic }, undefined, 4));
        return;
    }
    const page = await renderPage({ evidence, rotation, traffic });
    await writeFiles({ [options.to]: page }, true);
    console.log(`Wrote ${options.to}`);
}

async function gather(options: Options, maxAgeDays: number): Promise<Evidence> {
    const { source, stack, key } = await locate(options);
    let found: MirroredStack;
    try {
        found = onlyStack(await readMirror(source, stack === undefined ? {} : { stack }, key));
    } finally {
        await source.close();
    }
    const signed = key !== undefined;
    return gatherEvidence(found, { source: source.name, now: new Date(), signed, maxAgeDays });
}

/** Where the mirror is, which stack of it is meant, and what its records are signed with. */
async function locate({ repository, github, branch, stack, verificationKey }: Options): Promise<{
    readonly source: MirrorSource;
    readonly stack: string | undefined;
    readonly key: Awaited<ReturnType<typeof readVerificationKey>> | undefined;
}> {
    const given =
        verificationKey === undefined ? undefined : await readVerificationKey(verificationKey);
    if (repository !== undefined || github !== undefined) {
        return { source: await openMirror({ repository, github, branch }), stack, key: given };
    }
    const selected = await stackName();
    const { mirror } = await readSettings(selected);
    const output = await readOutput("verificationKey");
    const key = given ?? (output === undefined ? undefined : parseVerificationKey(output));
    return { source: await openMirrorOf(mirror), stack: stack ?? selected, key };
}

/** The last rotation, or the last to a generation. */
function choose({ rotations }: Evidence, generation: string | undefined): Rotation | undefined {
    const turns = rotations.filter(({ fault, turned }) => fault === undefined && turned);
    if (generation === undefined) return turns[0];
    const found = turns.find((one) => one.generation === generation);
    if (found) return found;
    const known = [...new Set(turns.map((one) => one.generation))].join(", ") || "none";
    throw new Error(`no record is of a rotation to ${generation}: there are ${known}`);
}

async function readTraffic(
    { lives }: Evidence,
    rotation: Rotation,
    { prometheus: url, select, around }: Options,
): Promise<Traffic | undefined> {
    if (url === undefined) return undefined;
    const minutes = Number(around);
    if (!(minutes > 0)) {
        throw new Error(`--around must be a number of minutes above 0, such as 15, got ${around}`);
    }
    const update = windowOf(rotation);
    if (update === undefined) {
        throw new Error(
            `the record of ${rotation.generation} says no date: leave out --prometheus`,
        );
    }
    const to = Math.min(update.to + 60 * minutes, Date.now() / 1000);
    const window = { from: update.from - 60 * minutes, to };
    const labels = lives.map(({ label }) => label);
    return describeTraffic(await askPrometheus({ url, select }, window), labels, window);
}

await runCommand(command);
