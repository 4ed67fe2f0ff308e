import type { Role } from "../holders/holders.ts";
import { type OwnedObject, objectsOf } from "../holders/objects.ts";
import type { Settings } from "../settings/settings.ts";
import type { Recorded } from "./recorded.ts";

/** What is called something else now, by its present name. */
type Renames = Readonly<Record<string, string>>;

/**
 * What is recorded, with every sender and receiver under the name it is configured by now: it is
 * known by where its Secret is, so that a new name keeps its Secret, and the rotation goes on.
 *
 * Throws an `Error` of one line where a name passes from one to another in the same update: the
 * engine knows resources by their names, and takes nobody for two.
 */
export function underPresentNames(settings: Settings, recorded: Recorded, stack: string): Recorded {
    const configured = objectsOf(settings, stack);
    const receivers = renamesOf("receivers", configured, recorded);
    const senders = renamesOf("senders", configured, recorded);
    return {
        ...recorded,
        receivers: renamed(recorded.receivers, receivers),
        paths: renamed(recorded.paths, receivers),
        logins: renamed(recorded.logins, receivers),
        senders: renamed(recorded.senders, senders),
        configurations: renamed(recorded.configurations, senders),
        forced: recorded.forced.map((name) => presentName(name, senders)),
        objects: recorded.objects.map((one) => {
            const renames = one.role === "senders" ? senders : receivers;
            return { ...one, name: presentName(one.name, renames) };
        }),
        formerNames: { receivers, senders },
    };
}

function renamesOf(
    role: Role,
    configured: readonly OwnedObject[],
    { objects }: Pick<Recorded, "objects">,
): Renames {
    const isSecret = (one: OwnedObject) => one.role === role && one.key === "secret";
    const [present, former] = [configured.filter(isSecret), objects.filter(isSecret)];
    return Object.fromEntries(
        present.flatMap(({ name, identity }) => {
            const owners = former.filter((one) => one.identity === identity);
            const [owner] = owners.map((one) => one.name);
            if (owner === undefined || owners.some((one) => one.name === name)) return [];
            for (const [list, other] of [
                [present, owner],
                [former, name],
            ] as const) {
                if (!list.some((one) => one.name === other)) continue;
                throw new Error(
                    `${role}: ${name} takes over ${identity} from ${owner}, and ${other} is another one: give ` +
                        `${name} a name that none has or had, run pulumi up, then go on`,
                );
            }
            return [[name, owner]];
        }),
    );
}

function renamed<T>(all: Readonly<Record<string, T>>, renames: Renames): Record<string, T> {
    return Object.fromEntries(
        Object.entries(all).map(([name, one]) => [presentName(name, renames), one]),
    );
}

function presentName(name: string, renames: Renames): string {
    return Object.entries(renames).find(([, former]) => former === name)?.[0] ?? name;
}

/** What the engine knows a sender or receiver by that is called something else now. */
export function aliasesOf(
    { formerNames }: Pick<Recorded, "formerNames">,
    role: Role,
    name: string,
): { readonly name: string }[] {
    const former = formerNames[role][name];
    return former === undefined ? [] : [{ name: former }];
}
