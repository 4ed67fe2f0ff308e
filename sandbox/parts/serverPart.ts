import { freePort, onFreePorts, type Part, type PartOptions, startPart } from "./process.ts";

/** What a part that answers on a port of its own is started with. */
export interface ServerOptions extends Pick<PartOptions, "name" | "command" | "logs"> {
    /** The path that answers once it is ready. */
    readonly ready: string;
    /** Its arguments, once it has where to listen, as host and port. */
    readonly args: (address: string) => readonly string[] | Promise<readonly string[]>;
}

/** Starts it on loopback, on a free port; resolves when it is ready. Its URL ends without a slash. */
export async function startServer(
    options: ServerOptions,
): Promise<Part & { readonly url: string }> {
    const { ready, args, ...rest } = options;
    return onFreePorts(async () => {
        const address = `127.0.0.1:${await freePort()}`;
        const url = `http://${address}`;
        const part = await startPart({
            ...rest,
            args: await args(address),
            ready: async (signal) => (await fetch(url + ready, { signal })).ok,
        });
        return { ...part, url };
    });
}
