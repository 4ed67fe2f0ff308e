import { onFreePorts, freePort, type Part, startPart } from "./process.ts";
import { providePython } from "../toolchain/python.ts";

const MOTO = "5.2.3";

/**
 * AWS on this machine, as moto (https://docs.getmoto.org) emulates it. It grants everything to
 * everybody.
 */
export interface Moto {
    readonly url: string;
    /** What makes the AWS SDKs, and whatever is built on them, use it. */
    readonly environment: Readonly<Record<string, string>>;
    /** What a client of the AWS SDK is made with, to use it. */
    readonly client: {
        readonly region: string;
        readonly endpoint: string;
        readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    };
    stop(): Promise<void>;
}

/**
 * Starts an empty AWS. The first time on a machine it installs moto from PyPI into the cache, for
 * about a minute.
 */
export async function startMoto(logs: string): Promise<Moto> {
    const python = await providePython({
        title: `moto-${MOTO}`,
        requirement: `moto[server]==${MOTO}`,
    });
    return onFreePorts(async () => {
        const port = await freePort();
        const url = `http://127.0.0.1:${port}`;
        const part: Part = await startPart({
            name: "moto",
            command: python,
            args: ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
            logs,
            ready: async (signal) => (await fetch(`${url}/moto-api/`, { signal })).ok,
        });
        const credentials = { accessKeyId: "test", secretAccessKey: "test" };
        const client = { region: "eu-central-1", endpoint: url, credentials };
        const environment = {
            AWS_ENDPOINT_URL: client.endpoint,
            AWS_ACCESS_KEY_ID: credentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
            AWS_REGION: client.region,
        };
        return { url, environment, client, stop: () => part.stop() };
    });
}
