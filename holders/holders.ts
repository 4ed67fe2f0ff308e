import { isWritten, type Settings } from "../settings/settings.ts";
import type { Holder, Present, RecordedResource } from "./holder.ts";
import { kubernetesSecret } from "./kubernetesSecret.ts";
import { SECRETS_MANAGER, secretsManager } from "./secretsManager.ts";

/** Every kind of holder. */
export const HOLDERS = { kubernetesSecret, secretsManager } as const;

/** Under which key of the configuration one is listed. */
export type Role = "receivers" | "senders";

/** A credential of a receiver or sender, and where it is put. */
export interface Holding {
    /** The receiver's or sender's. */
    readonly name: string;
    readonly role: Role;
    readonly identity: string;
    /** What is there now, as the holder's `present` has it. */
    readonly present: () => Promise<Present | undefined>;
}

/** What the fleet of a stack is made of, as far as holders need it. */
export type Fleet = Pick<Settings, "receivers" | "senders" | "aws">;

/** Whatever a stack puts a credential in, receivers first. */
export function holdingsOf(
    { receivers, senders, aws }: Fleet,
    stack: string,
    context?: string,
): readonly Holding[] {
    const store = aws?.secret && {
        region: aws.region,
        name: aws.secret.name ?? usualName(stack),
    };
    return [
        ...receivers
            .filter(isWritten)
            .map((one) => hold("receivers", one.name, kubernetesSecret, { ...one, context })),
        ...senders.map((one) => hold("senders", one.name, kubernetesSecret, { ...one, context })),
        ...(store ? [hold("senders", SECRETS_MANAGER, secretsManager, store)] : []),
    ];
}

/** The identity of a recorded resource that a credential is in; undefined where it is none. */
export function recordedIdentity(resource: RecordedResource): string | undefined {
    return identityOf(kubernetesSecret, resource) ?? identityOf(secretsManager, resource);
}

function identityOf<P>(holder: Holder<P>, resource: RecordedResource): string | undefined {
    const place = holder.placeOf(resource);
    return place && holder.identity(place);
}

/** The name of a secret of Secrets Manager, unless configured. */
export function usualName(stack: string): string {
    return `prometheus-write-secret/${stack}`;
}

function hold<P>(role: Holding["role"], name: string, holder: Holder<P>, place: P): Holding {
    return { name, role, identity: holder.identity(place), present: () => holder.present(place) };
}
