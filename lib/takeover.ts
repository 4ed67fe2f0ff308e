import { parse } from "yaml";

/** A Secret as the cluster holds it: its files by name, in plain text. Secret. */
export type LiveFiles = Readonly<Record<string, string>>;

/** Whether writing our files over a sender's Secret takes nothing from it but the adopted credential. */
export function maySwitchSender(live: LiveFiles, adopted: string | undefined): boolean {
    return Object.values(live).every((text) => text.trim() === adopted);
}

/** Whether writing our `auth.yml` over a receiver's Secret locks out nobody but users of the adopted credential. */
export function mayRewriteReceiver(live: LiveFiles, adopted: string | undefined): boolean {
    const file = live["auth.yml"];
    if (file === undefined || Object.keys(live).length > 1) return false;
    const { users = [], ...others } = (parse(file) ?? {}) as { users?: Record<string, unknown>[] };
    const known = users.every((user) => user.bearer_token === adopted && !("username" in user));
    return known && Object.keys(others).length === 0;
}
