// Runs each workflow's steps on this machine, by act: the engine, the API server and the receiver are
// the sandbox's, GitHub is emulated, actions of others have stand-ins. Minutes long.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { messageOf } from "../../text/messageOf.ts";
import { endWith } from "../support/ending.ts";
import { Scanner } from "../support/scan.ts";
import { CASES, CHECKS } from "./cases.ts";
import type { Case } from "./oneCase.ts";
import { describe, publish, type Result } from "./report.ts";
import { Site } from "./site.ts";

const start = performance.now();

function tell(line: string): void {
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`[${String(seconds).padStart(4)} s] ${line}`);
}

async function main(): Promise<number> {
    const { checks } = new Command("test:workflows")
        .description("Runs each workflow's steps by act, against a sandbox and an emulated GitHub.")
        .option("--no-checks", "without check.yml, whose steps are npm run check and npm test")
        .parse()
        .opts<{ checks: boolean }>();
    const directory = await mkdtemp(join(tmpdir(), "workflows-"));
    const onStart = (part: string) => {
        tell(`starting ${part}`);
    };
    const sandbox = await startSandbox({ directory, beside: [], onStart });
    try {
        const site = await Site.start(sandbox, (line) => {
            tell(`    ${line}`);
        });
        const results: Result[] = [];
        for (const one of checks ? [...CASES, ...CHECKS] : CASES)
            results.push(await run(one, site));
        console.log(`\n${describe(results)}\n`);
        const leaks = await findSecrets(site);
        for (const leak of leaks) console.error(`error: ${leak}`);
        const failed = results.filter(({ error }) => error !== undefined).length;
        if (failed === 0 && leaks.length === 0) await publish(results);
        console.log(`${results.length - failed} passed, ${failed} failed`);
        return failed + leaks.length === 0 ? 0 : 1;
    } finally {
        await sandbox.stop();
        await rm(directory, { recursive: true, force: true });
    }
}

async function run(one: Case, site: Site): Promise<Result> {
    const { workflow, name } = one;
    tell(`${workflow}.yml: ${name}`);
    const begun = performance.now();
    const attempt = async () => {
        try {
            return { shown: await one.run(site), error: undefined };
        } catch (error) {
            tell(`  FAILED: ${messageOf(error)}`);
            return { shown: undefined, error: messageOf(error) };
        }
    };
    const came = await attempt();
    const { exitCode, output } = await site.deployment.command("status"); // takes note of credentials
    if (exitCode > 3) tell(`  ${output}`);
    return { workflow, name, seconds: (performance.now() - begun) / 1000, ...came };
}

/** Where what jobs printed, or posted, has a secret in it. */
async function findSecrets({
    deployment,
    hub,
    sandbox,
    printed,
}: Site): Promise<readonly string[]> {
    const { environment } = sandbox.engine;
    const passphrase = await readFile(environment["PULUMI_CONFIG_PASSPHRASE_FILE"] ?? "", "utf8");
    const scanner = new Scanner(
        new Map([
            ...[...deployment.credentials].map((value) => [value, "a credential"] as const),
            [passphrase, "the passphrase"],
            [environment["GITHUB_TOKEN"] ?? "", "the mirror's token"],
        ]),
    );
    const posted = (await hub.issues()).map(({ body }) => body);
    const places = [...printed, ...posted].map(
        (text) => ["a job, or what it posted", text] as const,
    );
    return scanner.find(places);
}

await endWith(main);
