import { printable } from "../text/printable.ts";
import { createCommand, runCommand } from "./command.ts";
import { ask } from "./preview/ask.ts";
import { describePreview } from "./preview/describe.ts";
import { readSettings } from "./readSettings.ts";
import { MAX_AGE, parseDays, readStatus } from "./readStatus.ts";
import { askKeys } from "./recover/keys.ts";
import { read, readOutput, readRecorded, stackName } from "./runPulumi.ts";
import { type Encryption, verifyCluster, verifyState } from "./verify/atRest.ts";
import type { Finding } from "./verify/finding.ts";
import { verifyMirror } from "./verify/mirror.ts";
import { verifyReceivers } from "./verify/receivers.ts";

interface Options {
    readonly maxAge: string;
    readonly identity?: string;
    readonly json: boolean;
}

const command = createCommand(
    "verify",
    "Looks whether all is as it is said to be: the record, the objects, the receivers, the mirror. Changes nothing.",
)
    .option(...MAX_AGE)
    .option(
        "--identity <file>",
        "the private key, for age or OpenPGP; - reads it from standard input (default: looks at digests and signatures alone)",
    )
    .option("--json", "for machines", false)
    .addHelpText(
        "after",
        `
Exit code: 0 all is well, or a warning; 1 it cannot be said; 3 something is wrong.`,
    )
    .action(async ({ maxAge, identity, json }: Options) => {
        const days = parseDays("--max-age", maxAge);
        const keys =
            identity === undefined
                ? undefined
                : await askKeys({ identity, gpg: false, kms: false });
        const stack = await stackName();
        const settings = await readSettings(stack);
        const recorded = await readRecorded({ showSecrets: true });
        const verificationKey = await readOutput("verificationKey");
        const { mirror } = settings;
        const looks = [
            () => verifyStatus(days),
            verifyObjects,
            () => verifyReceivers(settings, recorded),
            () => verifyMirror({ stack, mirror, recorded, verificationKey, keys }),
            async () => [await verifyState(await readEncryption())],
            () => verifyCluster(recorded.cluster.context),
        ];
        const findings: Finding[] = [];
        for (const look of looks) {
            const found = await look();
            findings.push(...found);
            if (!json) for (const one of found) console.log(render(one)); // a sign of life
        }
        if (json) console.log(JSON.stringify(findings, undefined, 4));
        process.exitCode = findings.some(({ fault }) => fault !== undefined) ? 3 : 0;
    });

function render({ what, fault, warning }: Finding): string {
    if (fault !== undefined) return printable(`WRONG  ${what}: ${fault}`);
    return printable(warning === undefined ? `ok     ${what}` : `warns  ${what}: ${warning}`);
}

async function readEncryption(): Promise<Encryption> {
    const exported = JSON.parse(await read("stack", "export")) as { deployment: Encryption };
    return exported.deployment;
}

async function verifyStatus(days: number): Promise<readonly Finding[]> {
    const { faults } = await readStatus(days);
    const what = `the record says that all is well, and younger than ${days} days`;
    return faults.length === 0
        ? [{ what, fault: undefined }]
        : faults.map(({ message }) => ({ what, fault: message }));
}

/** The engine reads every object anew, and the program looks at the repository and who may see it. */
async function verifyObjects(): Promise<readonly Finding[]> {
    const { errors, others, changes } = describePreview(await ask());
    const what = "Secrets, configurations and repository are as declared";
    const named = others.map((one) => `${one.name} ${one.what}`);
    const changing = changes === 0 ? [] : [`${changes} would change`, ...named];
    return [{ what, fault: [...errors, ...changing].join("; ") || undefined }];
}

await runCommand(command);
