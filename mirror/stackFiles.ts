import { posix } from "node:path";
import { RECORD_ENDING, SEALED_ENDINGS, SIGNATURE_ENDING } from "../seal/fileNames.ts";

/** The files of one stack in a mirror. */
export interface StackFiles {
    readonly stack: string;
    /** Paths of the sealed files, one at least: one for each format it is sealed in. */
    readonly sealed: readonly string[];
    /** Path of the record of the last rotation; undefined when no rotation was ever finished. */
    readonly record: string | undefined;
    /** Path of its signature; undefined where it has none. */
    readonly signature: string | undefined;
}

/**
 * The stacks whose files are among the paths, by name. A stack's sealed files are beside its
 * record, called as `settings/settings.ts` and `seal/seal.ts` have it, or what `path` says.
 *
 * Throws a one-line error when there is none, or `stack` is not among them.
 */
export function findStacks(
    paths: readonly string[],
    { stack, path, source }: { readonly stack?: string; readonly path?: string; source: string },
): readonly StackFiles[] {
    if (path !== undefined && !paths.includes(path)) {
        throw new Error(`${source} holds no file ${path}: it holds ${list(paths)}`);
    }
    const among = path === undefined ? paths : paths.filter((one) => sameDirectory(one, path));
    const names = new Set(among.flatMap((one) => stackOf(one) ?? []));
    if (names.size === 0) {
        throw new Error(
            `${source} is no mirror: it holds neither <stack>.yaml.age nor <stack>.rotation.json; ` +
                "if the file has another name, give it by --path",
        );
    }
    if (stack !== undefined && !names.has(stack)) {
        throw new Error(`${source} holds no stack ${stack}: it holds ${list([...names].sort())}`);
    }
    const wanted = stack === undefined ? [...names].sort() : [stack];
    return wanted.map((name) => filesOf(name, among, path, source));
}

function stackOf(path: string): string | undefined {
    const name = posix.basename(path);
    const ending = [RECORD_ENDING, ...SEALED_ENDINGS].find(
        (one) => name.endsWith(one) && name !== one,
    );
    return ending && name.slice(0, -ending.length);
}

function filesOf(
    stack: string,
    paths: readonly string[],
    path: string | undefined,
    source: string,
): StackFiles {
    const record = paths.find((one) => posix.basename(one) === stack + RECORD_ENDING);
    const beside = paths.filter((one) => record === undefined || sameDirectory(one, record));
    const usual = SEALED_ENDINGS.flatMap(
        (ending) => beside.find((one) => posix.basename(one) === stack + ending) ?? [],
    );
    const sealed = path === undefined ? usual : [path];
    const signature = paths.find((one) => record && one === record + SIGNATURE_ENDING);
    if (sealed.length > 0) return { stack, sealed, record, signature };
    const others = beside.filter((one) => one !== record && one !== signature);
    throw new Error(
        `${source} holds no ${stack}.yaml.age: give the sealed file of stack ${stack} by --path; it holds ${list(others)}`,
    );
}

function sameDirectory(one: string, other: string): boolean {
    return posix.dirname(one) === posix.dirname(other);
}

const SHOWN = 10;

function list(items: readonly string[]): string {
    const more = items.length > SHOWN ? ` and ${items.length - SHOWN} more` : "";
    return (items.slice(0, SHOWN).join(", ") || "nothing") + more;
}
