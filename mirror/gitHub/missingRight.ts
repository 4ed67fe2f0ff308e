import * as pulumi from "@pulumi/pulumi";

/**
 * Names the permission a GitHub token lacks when GitHub refuses to make something for want of one:
 * its own words do not. It is for what is made in a first update, before which GitHub has nothing
 * to show that would tell. A resource that can be deleted must not keep it: engine 3.259 fails a
 * deletion whose hooks no program has registered.
 */
export function missingRight(
    permission: "Administration" | "Contents",
    repository: string,
): pulumi.ErrorHook {
    return new pulumi.ErrorHook(`missing ${permission} of ${repository}`, async ({ errors }) => {
        if (errors[0]?.includes("Resource not accessible by")) {
            await pulumi.log.error(
                `the GitHub token lacks a right on ${repository}: give it the repository permission "${permission}: read and write"`,
            );
        }
        return false; // not to be tried again
    });
}
