import type { ResourceValidationPolicy } from "@pulumi/policy";
import { PASSWORD, read } from "./stackResources.ts";

/** How a credential is made, and that a new label makes another. */
export const passwords: ResourceValidationPolicy = {
    name: "passwords-are-long-and-rotated",
    description: "A password has enough letters and digits, and a keeper that replaces it.",
    enforcementLevel: "mandatory",
    configSchema: {
        properties: {
            length: { type: "integer", minimum: 16, default: 32, description: "At least so many." },
        },
    },
    validateResource: (args, report) => {
        const { type, name, props } = args;
        if (type !== PASSWORD) return;
        const { length: least } = args.getConfig<{ length: number }>();
        const length = read(props, "length");
        if (typeof length === "number" && length < least) {
            report(
                `RandomPassword ${name} has ${length} letters and digits, ${least} are wanted: take the setting ` +
                    "length out, and rotate: npm run rotate",
            );
        }
        const keepers = read(props, "keepers");
        if (Object.keys(keepers ?? {}).length === 0) {
            report(
                `RandomPassword ${name} has no keeper, so no rotation replaces it: give it keepers: { rotation: ... }`,
            );
        }
    },
};
