import { stringify } from "yaml";
import { objectsOf } from "../holders/objects.ts";
import { deployerRoles, type Reader, readerRole } from "./access/manifests.ts";
import { parseDeployer, parseReader, writtenOf } from "./access/parse.ts";
import { createCommand, runCommand } from "./command.ts";
import { projectName } from "./projectName.ts";
import { readSettings } from "./readSettings.ts";
import { readRecorded, stackName } from "./runPulumi.ts";

interface Options {
    readonly deployer: string;
    readonly reader: readonly string[];
}

const command = createCommand(
    "access",
    "Prints the Roles and RoleBindings that a stack needs in Kubernetes. Changes nothing.",
)
    .requiredOption(
        "--deployer <who>",
        "who runs pulumi up: User:<name>, Group:<name> or ServiceAccount:<namespace>/<name>",
    )
    .option(
        "--reader <name=account>",
        "a ServiceAccount that reads the Secret of a sender or receiver through the API, beside it (repeatable; pods that mount it need none)",
        (one: string, others: readonly string[]) => [...others, one],
        [] as readonly string[],
    )
    .addHelpText(
        "after",
        `
Example:
  npm run --silent access -- --deployer ServiceAccount:ci/pulumi --reader edge=collector | kubectl apply -f -

The deployer may write what the configuration names, and what is recorded: print it anew when a name changes, before pulumi up.`,
    )
    .action(async ({ deployer, reader }: Options) => {
        const stack = await stackName();
        const settings = await readSettings(stack);
        const recorded = await readRecorded();
        const configured = objectsOf(settings, stack);
        const objects = writtenOf([...configured, ...recorded.objects]);
        const name = `${projectName()}-${stack}`;
        const readers: readonly Reader[] = reader.map((one) => parseReader(one, configured));
        const manifests = [
            ...deployerRoles(name, objects, parseDeployer(deployer)),
            ...readers.flatMap((one) => readerRole(`${name}-${one.secret.name}`, one)),
        ];
        console.log(
            manifests
                .map((one) => stringify(one, { lineWidth: 0 }))
                .join("---\n")
                .trimEnd(),
        );
    });

await runCommand(command);
