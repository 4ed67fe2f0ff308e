import * as pulumi from "@pulumi/pulumi";

/** What was said: what is there is looked at more than once. */
const said = new Set<string>();

/** Warns of something, if it is anything, once an update. */
export function advise(advice: string | undefined): void {
    if (advice === undefined || said.has(advice)) return;
    said.add(advice);
    void pulumi.log.warn(advice);
}
