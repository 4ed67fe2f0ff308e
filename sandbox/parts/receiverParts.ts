import { provideProgram } from "../toolchain/debian.ts";
import { htpasswdPart, nginxPart } from "./nginxPart.ts";
import type { ReceiverPart } from "./receiverPart.ts";
import { vmauthPart } from "./vmauthPart.ts";

/** The kinds of receivers the sandbox can run. */
export type RunningKind = "vmauth" | "nginx" | "htpasswd";

/** A kind of receiver, with the programs it needs. */
export async function provideReceiver(
    kind: RunningKind,
    tools: { readonly vmauth: string },
): Promise<ReceiverPart> {
    if (kind === "vmauth") return vmauthPart(tools.vmauth);
    const nginx = await provideProgram("nginx", "nginx");
    return kind === "nginx" ? nginxPart(nginx) : htpasswdPart(nginx);
}
