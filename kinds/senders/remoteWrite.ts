/** What tells our entry in a configuration from the user's own. */
export interface OurEntry {
    /** The receiver's name, which the entry has. */
    readonly name: string;
    readonly credentialsFile: string;
}

/** An entry of `remote_write`, as far as it is read. */
export interface RemoteWriteEntry extends Readonly<Record<string, unknown>> {
    readonly name?: string;
    readonly url?: string;
    readonly basic_auth?: { readonly username?: string; readonly password_file?: string };
    readonly authorization?: { readonly credentials_file?: string };
}

/**
 * Our entry in a configuration: the one of our name, or, where the receiver was called something
 * else, the one that reads our file. Undefined where there is none.
 */
export function ourEntry(
    configuration: unknown,
    { name, credentialsFile }: OurEntry,
): RemoteWriteEntry | undefined {
    const { remote_write: entries } = (configuration ?? {}) as { remote_write?: unknown };
    if (!Array.isArray(entries)) return undefined;
    const known = entries as readonly (RemoteWriteEntry | null)[];
    const found =
        known.find((entry) => entry?.name === name) ??
        known.find((entry) =>
            [entry?.authorization?.credentials_file, entry?.basic_auth?.password_file].includes(
                credentialsFile,
            ),
        );
    return found ?? undefined;
}
