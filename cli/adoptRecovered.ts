import { execa } from "execa";
import type { Recovered } from "../lib/recover/manifest.ts";
import { read, readConfig } from "./pulumi.ts";

const ADOPTED = "prometheus-write-secret:adopted";

/**
 * Has the selected stack adopt what was recovered, so that a new stack accepts it from its first update. The value goes
 * through pulumi's standard input. What it has adopted already is kept unless `force`.
 */
export async function adoptRecovered(
    { accepted: [current] }: Recovered,
    force: boolean,
): Promise<void> {
    if (current === undefined) throw new Error("nothing was recovered");
    const { label, value } = current;
    const former = JSON.parse((await readConfig("adopted")) ?? "{}") as { label?: string };
    if (former.label !== undefined && !force) {
        throw new Error(`the stack has adopted ${former.label} already: --force replaces it`);
    }
    const key = `${ADOPTED}.value`;
    const args = ["config", "set", "--secret", "--path", key, "--non-interactive"];
    const { exitCode, stderr } = await execa({ input: value, reject: false })("pulumi", args);
    if (exitCode !== 0) {
        const [reason = ""] = stderr.split("\n").filter((line) => line.startsWith("error: "));
        throw new Error(`pulumi config set: ${reason.replace(/^error: /, "") || "it failed"}`);
    }
    await read("config", "set", "--path", "--type=string", `${ADOPTED}.label`, label);
    console.error(
        `Adopted ${label}. Deploy with it: pulumi config set rotation ${label} && pulumi up; then: npm run rotate`,
    );
}
