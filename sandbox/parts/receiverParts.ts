import type { ReceiverKind } from "../../kinds/receiverKind.ts";
import { kindOfReceiver } from "../../kinds/receivers.ts";
import { provideProgram } from "../toolchain/debian.ts";
import { provideTools } from "../toolchain/toolchain.ts";
import { htpasswdPart, nginxPart } from "./nginxPart.ts";
import { prometheusReceiverPart } from "./prometheusReceiverPart.ts";
import type { ReceiverPart } from "./receiverPart.ts";
import { traefikPart } from "./traefikPart.ts";
import { vmauthPart } from "./vmauthPart.ts";

/** How each receiver is run: one of a kind as a rule, by the kind's name. */
const KINDS = {
    vmauth: "vmauth",
    nginx: "nginx",
    htpasswd: "htpasswd",
    prometheus: "prometheus",
    traefik: "htpasswd",
} as const;

/** The receivers the sandbox can run. */
export type RunningKind = keyof typeof KINDS;

export const RUNNING_RECEIVERS = Object.keys(KINDS) as readonly RunningKind[];

/** The kind of a receiver that can be run. */
export function kindOfRunning(receiver: RunningKind): ReceiverKind {
    return kindOfReceiver({ kind: KINDS[receiver] });
}

/** A receiver, with the programs it needs. */
export async function provideReceiver(
    receiver: RunningKind,
    tools: { readonly vmauth: string; readonly prometheus: string },
): Promise<ReceiverPart> {
    if (receiver === "vmauth") return vmauthPart(tools.vmauth);
    if (receiver === "prometheus") return prometheusReceiverPart(tools.prometheus);
    if (receiver === "traefik") {
        const { traefik } = await provideTools([receiver]);
        return traefikPart(traefik.path);
    }
    const nginx = await provideProgram("nginx", "nginx");
    return receiver === "nginx" ? nginxPart(nginx) : htpasswdPart(nginx);
}
