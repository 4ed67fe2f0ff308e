import { messageOf } from "../../text/messageOf.ts";
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { kmsWrapper } from "../../seal/kms.ts";
import type { Recorded } from "../recorded.ts";
import { generationsAccepted } from "../../rotation/recordedUse.ts";
import { expiryWarnings, parseRecipients, type Recipient } from "../../seal/recipient.ts";
import { sealTo, type Sealing } from "../../seal/seal.ts";
import type { Settings } from "../../settings/settings.ts";
import { refuse } from "../refuse.ts";

/**
 * How the mirror is sealed, to {@link readRecipients} and to the key of KMS where one is
 * configured.
 */
export async function readSealing(settings: Settings, recorded: Recorded): Promise<Sealing> {
    const recipients = await readRecipients(settings, recorded);
    const { kmsRecipient } = settings.aws ?? {};
    const wrappers = kmsRecipient === undefined ? [] : [kmsWrapper(kmsRecipient)];
    return sealTo(settings.mirror, recipients, wrappers);
}

/**
 * Whom the mirror is encrypted to. Throws a one-line error, in preview as in an update, when one of
 * them cannot be encrypted to, and when one was dropped who can still read the current credential;
 * warns of keys about to expire.
 */
export async function readRecipients(
    settings: Settings,
    recorded: Recorded,
): Promise<readonly Recipient[]> {
    const now = new Date();
    const recipients = await read(settings, now);
    refuseDropped(recipients, settings, recorded);
    for (const warning of expiryWarnings(recipients, now)) void pulumi.log.warn(warning);
    return recipients;
}

async function read(settings: Settings, now: Date): Promise<readonly Recipient[]> {
    const keyring = readKeyring(settings.keyring);
    try {
        return await parseRecipients(settings.recipients, { keyring, now });
    } catch (error) {
        refuse(messageOf(error));
    }
}

function readKeyring(path: string | undefined): { path: string; content: Uint8Array } | undefined {
    if (path === undefined) return undefined;
    try {
        return { path, content: readFileSync(path) };
    } catch (error) {
        const { code = "" } = error as NodeJS.ErrnoException;
        refuse(`keyring: ${path} cannot be read (${code}): write it with gpg --export`);
    }
}

/** Whoever could open the mirror can open its history: only a new credential locks them out. */
function refuseDropped(
    recipients: readonly Recipient[],
    { rotation, aws }: Settings,
    recorded: Recorded,
): void {
    const names = [...recipients.map(({ name }) => name), aws?.kmsRecipient];
    const dropped = recorded.recipients.filter((recipient) => !names.includes(recipient));
    const [first] = dropped;
    if (first === undefined) return;
    if (recorded.labels.includes(rotation)) {
        refuse(
            `recipients no longer lists ${first}, who can read ${rotation} in the history of the ` +
                "mirror: set rotation to a new label in the same change",
        );
    }
    warnOfReadable(dropped, generationsAccepted(recorded));
}

/**
 * The new one they cannot read; the former ones stay accepted for a while. It is said in this
 * update alone: the next one no longer knows whom the mirror was sealed to.
 */
function warnOfReadable(dropped: readonly string[], labels: readonly string[]): void {
    if (labels.length === 0) return;
    const commands = labels.map((label) => `npm run retire -- ${label}`).join(", ");
    void pulumi.log.warn(
        `recipients no longer lists ${dropped.join(" and ")}, who can read ${labels.join(" and ")} in the history of ` +
            `the mirror and get in with that for as long as receivers accept it: after this update, ${commands}`,
    );
}
