import * as pulumi from "@pulumi/pulumi";
import type { Verdict } from "../proof/verdict.ts";

/** What was said: Secrets are looked at and receivers are asked more than once. */
const said = new Set<string>();

/** Warns of something, if it is anything, once an update. */
export function advise(advice: string | undefined): void {
    if (advice === undefined || said.has(advice)) return;
    said.add(advice);
    void pulumi.log.warn(advice);
}

/** Names a receiver that was not asked at all its addresses. */
export function adviseOnLeftOut(receiver: string, { leftOut }: Verdict): void {
    if (leftOut === undefined) return;
    advise(
        `receiver ${receiver} is asked without its addresses of ${leftOut}, to which nothing leads from here: ` +
            "what answers there is not proven",
    );
}
