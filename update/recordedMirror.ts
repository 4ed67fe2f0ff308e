import * as z from "zod";
import type { Resources } from "../holders/holder.ts";
import { nameOf, STASH } from "./resources.ts";

/** A file that a stack wrote to a mirror. */
export interface MirrorFile {
    /** The name of a repository on GitHub, or the URL of a remote. */
    readonly repository: string;
    readonly branch: string;
    readonly path: string;
}

/** What a stack pushed to a Git host at once, as the stash of a `GitStore` says. */
export interface MirrorPush {
    /** The stash's. */
    readonly name: string;
    readonly remote: string;
    readonly branch: string;
    /** SHA-256 of each file, in hex, by path. */
    readonly sha256: Readonly<Record<string, string>>;
    /** How often it was pushed again because somebody had changed it there. */
    readonly repairs: number;
}

const fileSchema = z.object({ repository: z.string(), branch: z.string(), file: z.string() });

const pushSchema = z.object({
    output: z.object({
        remote: z.string(),
        branch: z.string(),
        sha256: z.record(z.string(), z.string()),
        repairs: z.int().min(0).default(0),
    }),
});

/** The pushes that resources of a mirror and of a record stand for. */
export function mirrorPushesIn(resources: Resources): readonly MirrorPush[] {
    return resources.flatMap(([urn, { type, outputs }]) => {
        const name = nameOf(urn);
        if (type !== STASH || !name.endsWith("-pushed")) return [];
        const pushed = pushSchema.safeParse(outputs).data?.output;
        return pushed ? [{ name, ...pushed }] : [];
    });
}

/** The files that they stand for, on GitHub or elsewhere. */
export function mirrorFilesIn(resources: Resources): readonly MirrorFile[] {
    const written = resources.flatMap(([, { type, outputs }]) => {
        if (type !== "github:index/repositoryFile:RepositoryFile") return [];
        const { repository, branch, file } = fileSchema.safeParse(outputs).data ?? {};
        if (repository === undefined || branch === undefined || file === undefined) return [];
        return [{ repository, branch, path: file }];
    });
    const pushed = mirrorPushesIn(resources).flatMap(({ remote, branch, sha256 }) =>
        Object.keys(sha256).map((path) => ({ repository: remote, branch, path })),
    );
    return [...written, ...pushed];
}
