// Stands in for pulumi-resource-aws, for machines where the official plugin cannot be downloaded.
import packageJson from "../../package.json" with { type: "json" };
import { useRegion } from "./awsResource.ts";
import { AWS_RESOURCES, callerIdentity } from "./awsResourceTable.ts";
import { serveStandIn } from "./standIn.ts";

await serveStandIn({
    name: "AWS",
    version: packageJson.dependencies["@pulumi/aws"],
    resources: AWS_RESOURCES,
    configure: ({ region }) => {
        useRegion(String(region));
    },
    functions: { "aws:index/getCallerIdentity:getCallerIdentity": callerIdentity },
});
