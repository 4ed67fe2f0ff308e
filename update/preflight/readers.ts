import * as pulumi from "@pulumi/pulumi";
import { kubernetesClient } from "../../holders/kubernetesObject.ts";
import type { Reader } from "../../kinds/senderKind.ts";
import { kindOfSender } from "../../kinds/senders.ts";
import { receiverOf, type SenderSettings, type Settings } from "../../settings/settings.ts";
import { kubernetesContext } from "../kubernetesContext.ts";

/**
 * Tells of senders whose own resource, which somebody else writes, does not refer to what this stack
 * writes yet: they go on with what they have.
 */
export async function adviseOnReaders(settings: Settings): Promise<void> {
    await Promise.all(
        settings.senders.map(async (sender) => {
            const reader = kindOfSender(sender).reader?.(sender, receiverOf(sender, settings));
            const missing = reader && (await findMissing(reader, sender));
            if (missing === undefined) return;
            void pulumi.log.warn(
                `sender ${sender.name}: ${missing}; npm run kinds -- ${sender.kind} prints what to write there`,
            );
        }),
    );
}

async function findMissing(
    { title, missing, ...place }: Reader,
    { namespace }: SenderSettings,
): Promise<string | undefined> {
    const { custom, ApiException } = await kubernetesClient(kubernetesContext());
    try {
        const found: unknown = await custom.getNamespacedCustomObject({ ...place, namespace });
        const fault = missing(found);
        return fault && `${title} ${fault}`;
    } catch (error) {
        const code = error instanceof ApiException ? error.code : undefined;
        if (code === 404) return `there is no ${title}`;
        // A code or a class, never a message: an answer may repeat what it is about.
        const reason = code ?? (error instanceof Error ? error.name : "");
        return `it cannot be seen whether ${title} refers to its Secret (${reason})`;
    }
}
