import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startExporter } from "../../sandbox/parts/exporter.ts";
import { startVmagent } from "../../sandbox/parts/vmagentPart.ts";
import { provideTools } from "../../sandbox/toolchain/toolchain.ts";
import { answering } from "./answering.ts";

/** Starts a vmagent whose receiver answers 401 to all it pushes. */
export async function startRefusedVmagent(): Promise<{ url: string; stop(): Promise<void> }> {
    const { vmagent } = await provideTools(["vmagent"]);
    const pod = await mkdtemp(join(tmpdir(), "vmagent-"));
    await mkdir(join(pod, "write-credential"));
    await writeFile(join(pod, "write-credential", "token"), "refused");
    const exporter = await startExporter(1);
    const receiver = await answering(() => 401);
    const place = { name: "vmagent", pod, target: exporter.target, url: receiver.url };
    const sender = await startVmagent({
        ...place,
        ...{ command: vmagent.path, login: {}, logs: join(pod, "logs") },
    });
    return {
        url: sender.url,
        stop: async () => {
            await sender.stop();
            await Promise.all([receiver.stop(), exporter.stop()]);
            await rm(pod, { recursive: true, force: true });
        },
    };
}
