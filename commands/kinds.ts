import { createCommand, runCommand } from "./command.ts";
import { describeKind, listKinds } from "./kinds/describe.ts";

const command = createCommand(
    "kinds",
    "Lists the kinds of senders and receivers, or prints what to write for one of a sender.",
)
    .argument("[kind]", "a kind of sender")
    .option("--username <name>", "with basic authentication, in place of a bearer token")
    .action((kind: string | undefined, login: { username?: string }) => {
        console.log(kind === undefined ? listKinds() : describeKind(kind, login));
    });

await runCommand(command);
