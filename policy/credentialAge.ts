import type { StackValidationPolicy } from "@pulumi/policy";
import { firstRecorded } from "../rotation/record.ts";
import { recordOf } from "./stackResources.ts";

const DAY_MILLISECONDS = 86_400_000;

/** Advisory: what is overdue must not stand in the way of another change. */
export const credentialAge: StackValidationPolicy = {
    name: "credential-age",
    description: "The credential in use is younger than the policy for ages.",
    enforcementLevel: "advisory",
    configSchema: {
        properties: {
            days: { type: "number", exclusiveMinimum: 0, default: 90, description: "At most." },
        },
    },
    validateStack: (args, report) => {
        const found = recordOf(args.resources);
        if (!found) return;
        const { resource, record } = found;
        const { days } = args.getConfig<{ days: number }>();
        const since = firstRecorded(record.generation, record) ?? record.finished;
        if (Date.now() - Date.parse(since) <= days * DAY_MILLISECONDS) return;
        report(
            `the credential ${record.generation} is of ${since}, older than ${days} days: npm run rotate`,
            resource.urn,
        );
    },
};
