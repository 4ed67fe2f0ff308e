import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { execa } from "execa";

/** What a process shows to others on this machine: its arguments and its environment. */
export interface ShownProcess {
    readonly id: string;
    readonly shown: string;
}

/** Every process of this machine that we may look at. */
export async function readProcesses(): Promise<readonly ShownProcess[]> {
    if (!existsSync("/proc/self/environ")) return listProcesses();
    const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    return Promise.all(
        ids.map(async (id) => {
            const files = ["cmdline", "environ"].map((name) => `/proc/${id}/${name}`);
            const texts = files.map((file) => readFile(file, "latin1").catch(() => ""));
            return { id, shown: (await Promise.all(texts)).join("\0").replaceAll("\0", " ") };
        }),
    );
}

/** Where there is no /proc, as on macOS: `e` adds the environment. */
async function listProcesses(): Promise<readonly ShownProcess[]> {
    const { stdout } = await execa("ps", ["axeww", "-o", "pid=,command="]);
    return stdout.split("\n").map((line) => {
        const [, id = "", shown = ""] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
        return { id, shown };
    });
}
