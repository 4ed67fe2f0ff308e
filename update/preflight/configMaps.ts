import * as pulumi from "@pulumi/pulumi";
import { isConfigMapThere } from "../../holders/kubernetesObject.ts";
import { objectsOf } from "../../holders/objects.ts";
import type { Settings } from "../../settings/settings.ts";
import { messageOf } from "../../text/messageOf.ts";
import type { Recorded } from "../recorded.ts";
import { kubernetesContext } from "../kubernetesContext.ts";
import { refuse } from "../refuse.ts";

/**
 * The senders whose configuration this update is the first to write: neither recorded nor there. It
 * is this stack's from then on, so it can be taken back from whoever edits it. Only what is about to
 * be made is looked for.
 */
export async function findUnwritten(
    settings: Settings,
    { objects }: Pick<Recorded, "objects">,
): Promise<readonly string[]> {
    const context = kubernetesContext();
    const made = objectsOf(settings, pulumi.getStack()).filter(
        ({ key, identity }) =>
            key === "configMap" && !objects.some((one) => one.identity === identity),
    );
    const found = made.map(async ({ name, identity }) => {
        const { namespace, configMap = "" } =
            settings.senders.find((sender) => sender.name === name) ?? {};
        if (namespace === undefined) return [];
        try {
            return (await isConfigMapThere({ namespace, name: configMap, context })) ? [] : [name];
        } catch (error) {
            return refuse(
                `senders: it cannot be seen whether ${identity} is there already ${messageOf(error)}`,
            );
        }
    });
    return (await Promise.all(found)).flat();
}
