import type { StackValidationPolicy } from "@pulumi/policy";
import { read, stashesOf } from "./stackResources.ts";

/** A mirror whose only key is lost holds nothing. */
export const recipients: StackValidationPolicy = {
    name: "mirror-has-a-recovery-key",
    description: "The mirror is sealed for enough recipients, each of whom alone opens it.",
    enforcementLevel: "mandatory",
    configSchema: {
        properties: {
            recipients: {
                type: "integer",
                minimum: 1,
                default: 2,
                description: "At least so many.",
            },
        },
    },
    validateStack: (args, report) => {
        const { recipients: least } = args.getConfig<{ recipients: number }>();
        for (const { resource, kept } of stashesOf(args.resources)) {
            const readers = read(kept, "recipients");
            if (!Array.isArray(readers) || readers.length >= least) continue;
            report(
                `the mirror is sealed for ${readers.length} of the ${least} recipients that are wanted: with their keys lost, so ` +
                    "are its copies. Add a recovery key, kept elsewhere, to the setting recipients",
                resource.urn,
            );
        }
    },
};
