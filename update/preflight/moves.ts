import type { CoreV1Api } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { readObject } from "../../holders/kubernetesObject.ts";
import { type OwnedObject, objectsOf } from "../../holders/objects.ts";
import { SECRETS_MANAGER } from "../../holders/secretsManager.ts";
import type { SenderSettings, Settings } from "../../settings/settings.ts";
import { messageOf } from "../../text/messageOf.ts";
import { kubernetesContext } from "../kubernetesContext.ts";
import { recordedTarget } from "../paths.ts";
import type { Recorded } from "../recorded.ts";
import { refuse } from "../refuse.ts";

/**
 * Refuses to delete an object in the update that makes another one in its place. Pods mount objects
 * by name: who mounts the former follows no rotation any more, and finds nothing when it is
 * started again. Both are there, and follow, when the one is added before the other is taken out.
 */
export async function refuseMoves(
    settings: Settings,
    recorded: Pick<Recorded, "objects" | "configurations">,
    find: FindConfiguration = findConfiguration,
): Promise<void> {
    const configured = objectsOf(settings, pulumi.getStack());
    for (const role of ["receivers", "senders"] as const) {
        for (const key of ["secret", "configMap"] as const) {
            // Of a store there is one, and what is deleted there can be restored.
            const mounted = (one: OwnedObject) =>
                one.role === role && one.key === key && one.name !== SECRETS_MANAGER;
            const [present, former] = [configured, recorded.objects].map((all) =>
                all.filter(mounted),
            ) as [OwnedObject[], OwnedObject[]];
            refuseMove(without(present, former), without(former, present));
        }
    }
    await refuseLeaving(settings, recorded, find);
}

/** The configuration a sender has in the cluster; undefined where there is none. */
type FindConfiguration = (sender: SenderSettings) => Promise<string | undefined>;

async function findConfiguration(sender: SenderSettings): Promise<string | undefined> {
    const { name, namespace, configMap } = sender;
    if (configMap === undefined) return undefined;
    const read = (api: CoreV1Api) => api.readNamespacedConfigMap({ namespace, name: configMap });
    try {
        const found = await readObject(read, kubernetesContext());
        return Object.values(found?.data ?? {})[0];
    } catch (error) {
        return refuse(
            `senders: ${name}: it cannot be seen where ConfigMap ${namespace}/${configMap} has it push ${messageOf(error)}`,
        );
    }
}

/**
 * A sender pushes on to where its configuration has it push, until it has another one: also one that
 * an update wrote which was killed before it was recorded, or that was put back from a backup.
 */
async function refuseLeaving(
    { receivers, senders }: Settings,
    { objects, configurations }: Pick<Recorded, "objects" | "configurations">,
    find: FindConfiguration,
): Promise<void> {
    const gone = objects.filter(
        ({ role, name }) => role === "receivers" && !receivers.some((one) => one.name === name),
    );
    if (gone.length === 0) return;
    const looks = senders.map(async (sender) => {
        const present = await find(sender);
        const found = present === undefined ? {} : { [sender.name]: present };
        return [
            { sender, how: "is recorded", ...recordedTarget(sender, configurations) },
            { sender, how: "is configured in the cluster", ...recordedTarget(sender, found) },
        ];
    });
    const pushing = (await Promise.all(looks)).flat();
    for (const { sender, how, name: target } of pushing) {
        const left = gone.find(({ name }) => name === target);
        if (!left) continue;
        refuse(
            `receivers: ${left.name} is listed no more, but sender ${sender.name} ${how} to push there: list it again, ` +
                `run pulumi up, and take it out once ${sender.name} has loaded its new configuration`,
        );
    }
}

/** Those whose object is none of the others'. */
function without(
    objects: readonly OwnedObject[],
    others: readonly OwnedObject[],
): readonly OwnedObject[] {
    return objects.filter(({ identity }) => !others.some((one) => one.identity === identity));
}

function refuseMove(added: readonly OwnedObject[], gone: readonly OwnedObject[]): void {
    const moved = gone.find(({ name }) => added.some((one) => one.name === name)) ?? gone[0];
    const [present] = [...added.filter(({ name }) => name === moved?.name), ...added];
    if (!moved || !present) return;
    const { role, key } = present;
    const where = "(docs/operating.md, Renaming and moving)";
    if (moved.name === present.name) {
        refuse(
            `${role}: ${moved.name}: ${moved.identity} would be deleted for ${present.identity} while pods may mount it: ` +
                `set ${key} or namespace back, or list another one with the new ${key} first, and take this one out ` +
                `in a later update ${where}`,
        );
    }
    refuse(
        `${role}: ${moved.name} is listed no more, which deletes ${moved.identity}, and ${present.name} is new, with ` +
            `${present.identity}: if it is the same under another name, give it the ${key} and namespace it had; if not, ` +
            `take ${moved.name} out in an update of its own ${where}`,
    );
}
