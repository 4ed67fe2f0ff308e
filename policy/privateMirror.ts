import type { ResourceValidationPolicy } from "@pulumi/policy";
import { read, REPOSITORY } from "./stackResources.ts";

/** Who can read the mirror can wait until a key of its recipients leaks. */
export const privateMirror: ResourceValidationPolicy = {
    name: "mirror-is-private",
    description: "The mirror's repository is private, and can be written to.",
    enforcementLevel: "mandatory",
    validateResource: ({ type, name, props }, report) => {
        if (type !== REPOSITORY) return;
        const visibility = read(props, "visibility");
        const given = read(props, "name");
        const repository = `repository ${typeof given === "string" ? given : name}`;
        if (typeof visibility === "string" && visibility !== "private") {
            report(
                `${repository} is ${visibility}: make it private (its Settings, Danger Zone), and rotate, as its ` +
                    "history has been read: npm run rotate",
            );
        }
        if (read(props, "archived") === true) {
            report(
                `${repository} is archived, so nothing can be sealed into it: unarchive it (its Settings, Danger Zone)`,
            );
        }
    },
};
