/**
 * Sets variables of this process, or takes out those that are undefined, and returns what undoes
 * it.
 *
 * `process.env` itself must stay: another object in its place is not the environment, which
 * `os.tmpdir()` and child processes read, and the next test of the same worker would set variables
 * nobody reads.
 */
export function setEnvironment(
    variables: Readonly<Record<string, string | undefined>>,
): () => void {
    const former = Object.keys(variables).map((name) => [name, process.env[name]] as const);
    set(Object.entries(variables));
    return () => {
        set(former);
    };
}

/** Does something with variables of this process set, and puts back what was there. */
export async function withEnvironment<T>(
    variables: Readonly<Record<string, string | undefined>>,
    work: () => Promise<T>,
): Promise<T> {
    const restore = setEnvironment(variables);
    try {
        return await work();
    } finally {
        restore();
    }
}

function set(variables: readonly (readonly [string, string | undefined])[]): void {
    for (const [name, value] of variables) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
    }
}
