import { posix } from "node:path";
import type { SenderKind } from "../senderKind.ts";

/** The file, and key, of the token or password. */
export const TOKEN = "token";

/** That of the username, where each generation has its own. */
const USERNAME = "username";

/** The file of the username, which is beside that of the token: a kubelet swaps both at once. */
export function usernameBeside(tokenFile: string): string {
    return posix.join(posix.dirname(tokenFile), USERNAME);
}

/** What is the same of all kinds that read the files of a mounted Secret. */
export const mountedFiles: Pick<SenderKind, "credential" | "valueIn"> = {
    credential: (_sender, _target, { value, username }) => ({
        [TOKEN]: value,
        ...(username !== undefined && { [USERNAME]: username }),
    }),
    valueIn: (_sender, files) => files[TOKEN]?.trim(),
};
