import { messageOf } from "../../text/messageOf.ts";
/**
 * Runs a program to its end: the exit code is what `main` resolves to, or 1 with the error in a
 * line.
 */
export async function endWith(main: (args: readonly string[]) => Promise<number>): Promise<never> {
    try {
        process.exitCode = await main(process.argv.slice(2));
    } catch (error) {
        console.error(`error: ${messageOf(error)}`);
        process.exitCode = 1;
    }
    // The Pulumi SDK under mocks and the clients of the sandbox keep handles open.
    process.exit();
}
