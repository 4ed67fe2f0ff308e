import { messageOf } from "../text/messageOf.ts";
import { Command } from "commander";

/** A command line of one purpose; an error is shown as one line. */
export function createCommand(name: string, description: string): Command {
    return new Command(`npm run ${name} --`).description(description).showHelpAfterError();
}

/** Runs a command whose action resolves to the exit code. */
export async function runCommand(command: Command): Promise<void> {
    try {
        await command.parseAsync();
    } catch (error) {
        console.error(`error: ${messageOf(error)}`);
        process.exitCode = 1;
    }
}
