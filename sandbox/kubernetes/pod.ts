import type { Part } from "../parts/process.ts";

/** A part that runs once all it mounts exists, as a Kubernetes pod waits in `ContainerCreating`. */
export interface Pod<T extends Part> {
    /** Resolves when the part answers; stays pending when the pod is stopped before. */
    readonly running: Promise<T>;
    /** Ends the part, or keeps it from starting. May be called again. */
    stop(): Promise<void>;
}

/** Waits for the volumes, then starts the part. */
export function startPod<T extends Part>(
    volumes: readonly { projected(): Promise<void> }[],
    start: () => Promise<T>,
): Pod<T> {
    let stopped = false;
    let starting: Promise<T> | undefined;
    const running = Promise.withResolvers<T>();
    running.promise.catch(() => undefined); // whoever awaits it sees the failure; nobody has to
    Promise.all(volumes.map((volume) => volume.projected()))
        .then(() => {
            if (stopped) return;
            starting = start();
            running.resolve(starting);
        })
        .catch((error: unknown) => {
            if (!stopped) running.reject(error);
        });
    return {
        running: running.promise,
        stop: async () => {
            stopped = true;
            const part = await starting?.catch(() => undefined);
            await part?.stop();
        },
    };
}
