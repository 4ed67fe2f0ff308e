import { userInfo } from "node:os";
import type { Bucket } from "./backend/step.ts";
import { createCommand, runCommand } from "./command.ts";

const command = createCommand(
    "backend",
    "Shows, or makes with --create, what keeps the stack's state.",
)
    .argument("<where>", "aws: an S3 bucket and a KMS key")
    .requiredOption("--bucket <name>", "name of the bucket")
    .requiredOption("--region <region>", "region of AWS, such as eu-central-1")
    .option("--stack <name>", "name of the stack", userInfo().username)
    .option("--create", "make what is missing, and mend what differs", false)
    .action(async (where: string, options: Bucket & { stack: string; create: boolean }) => {
        if (where !== "aws") throw new Error(`where must be aws, got "${where}"`);
        const { ensureBackend } = await import("./backend/awsBackend.ts"); // loads the SDK
        const { lines, complete } = await ensureBackend(options, options.create);
        for (const line of lines) console.log(line);
        if (!complete) console.log("\nTo make what is missing, add --create. Then:");
        const { bucket, region, stack } = options;
        console.log(`
pulumi login 's3://${bucket}?region=${region}'
pulumi stack init ${stack} --secrets-provider 'awskms://alias/${bucket}?region=${region}'`);
    });

await runCommand(command);
