import type { Resources } from "../holders/holder.ts";

export const STASH = "pulumi:index:Stash";

/** The resources in components of one type of ours. */
export function childrenOf(resources: Resources, component: string): Resources {
    const prefix = `prometheus-write-secret:index:${component}$`;
    return resources.filter(([urn]) => urn.split("::").at(-2)?.startsWith(prefix));
}

/** The name in a URN. */
export function nameOf(urn: string): string {
    return urn.split("::").at(-1) ?? urn;
}
