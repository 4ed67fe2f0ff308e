import { readdir, readFile } from "node:fs/promises";

const PAUSE_MILLISECONDS = 250; // node alone takes longer to start

/** What other processes can be seen to run with. */
export interface Seen {
    /** Command lines, the words parted by spaces. */
    readonly commandLines: ReadonlySet<string>;
    /** Variables of environments, as `NAME=value`. Of processes of other users there are none. */
    readonly variables: ReadonlySet<string>;
}

/**
 * Looks at all processes, again and again while `work` goes on; there is nothing to see where there
 * is no /proc.
 */
export async function watchProcesses<T>(
    work: () => Promise<T>,
): Promise<{ result: T; seen: Seen }> {
    const commandLines = new Set<string>();
    const variables = new Set<string>();
    let isOver = false;
    const result = work().finally(() => {
        isOver = true;
    });
    result.catch(() => undefined); // it is awaited below
    const over = () => isOver;
    while (!over()) {
        const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
        for (const id of ids) {
            const read = async (name: string) =>
                (await readFile(`/proc/${id}/${name}`, "latin1").catch(() => "")).split("\0");
            commandLines.add((await read("cmdline")).join(" "));
            for (const variable of await read("environ")) variables.add(variable);
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
    return { result: await result, seen: { commandLines, variables } };
}
