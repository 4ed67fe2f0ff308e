/**
 * Errors of resources reach no caller but as unhandled rejections: the engine's own runner listens
 * to these too.
 */
export function catchRejections(errors: Set<unknown>): () => void {
    const listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", (reason) => errors.add(reason));
    return () => {
        process.removeAllListeners("unhandledRejection");
        for (const listener of listeners) process.on("unhandledRejection", listener);
    };
}

/** What is logged, without its `[runtime]`: the SDK prints it where there is no engine (3.259). */
export function catchLines(said: string[]): () => void {
    const { log, warn } = console;
    const divert =
        (print: typeof log): typeof log =>
        (...parts: unknown[]) => {
            const line = /^(info|warning): \[runtime\] (.*)$/s.exec(String(parts[0]));
            if (line) said.push(`${line[1] ?? ""}: ${line[2] ?? ""}`);
            else print(...parts);
        };
    Object.assign(console, { log: divert(log), warn: divert(warn) });
    return () => Object.assign(console, { log, warn });
}
