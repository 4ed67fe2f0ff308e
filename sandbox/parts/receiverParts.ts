import { provideProgram } from "../toolchain/debian.ts";
import { htpasswdPart, nginxPart } from "./nginxPart.ts";
import { prometheusReceiverPart } from "./prometheusReceiverPart.ts";
import type { ReceiverPart } from "./receiverPart.ts";
import { vmauthPart } from "./vmauthPart.ts";

/** The kinds of receivers the sandbox can run. */
export const RUNNING_RECEIVERS = ["vmauth", "nginx", "htpasswd", "prometheus"] as const;

export type RunningKind = (typeof RUNNING_RECEIVERS)[number];

/** A kind of receiver, with the programs it needs. */
export async function provideReceiver(
    kind: RunningKind,
    tools: { readonly vmauth: string; readonly prometheus: string },
): Promise<ReceiverPart> {
    if (kind === "vmauth") return vmauthPart(tools.vmauth);
    if (kind === "prometheus") return prometheusReceiverPart(tools.prometheus);
    const nginx = await provideProgram("nginx", "nginx");
    return kind === "nginx" ? nginxPart(nginx) : htpasswdPart(nginx);
}
