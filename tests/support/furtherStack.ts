import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT, type Sandbox } from "../../sandbox/sandbox.ts";
import { configurationFile } from "../../sandbox/runs/stack.ts";
import { Deployment } from "./deployment.ts";

/** A stack beside the dev stack, in one sandbox. */
export interface FurtherStack {
    readonly deployment: Deployment;
    /** Where its configuration is. */
    readonly directory: string;
    /** Makes it; once more, after it was removed. */
    readonly init: () => Promise<void>;
}

/**
 * Prepares one with the configuration the dev stack has now. The environment is what differs in the
 * engine's.
 */
export async function prepareStack(
    sandbox: Sandbox,
    name: string,
    environment: Readonly<Record<string, string>> = {},
): Promise<FurtherStack> {
    const directory = join(sandbox.directory, name);
    await mkdir(directory, { recursive: true });
    const file = join(directory, `Pulumi.${name}.yaml`);
    await writeFile(file, await readFile(configurationFile(sandbox.directory)));
    await copyFile(join(PROJECT, "Pulumi.yaml"), join(directory, "Pulumi.yaml"));
    const engine = sandbox.engine.withEnvironment({
        PULUMI_STACK: name,
        PULUMI_OPTION_CONFIG_FILE: file,
        ...environment,
    });
    const deployment = new Deployment(engine, file);
    const init = async () => {
        await deployment.must("stack", "init", name, "--cwd", directory);
    };
    return { deployment, directory, init };
}
