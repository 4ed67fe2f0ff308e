import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { sha256 } from "../../rotation/digest.ts";
import type { MirrorFileSettings } from "../../settings/mirrorSettings.ts";
import type { Recorded } from "../recorded.ts";
import { refuse } from "../refuse.ts";

/** Where a mirror is, and how a file of its branch is read: undefined where there is none. */
export interface MirrorPlace {
    /** As what is recorded names it: a repository on GitHub, or the URL of a remote. */
    readonly repository: string;
    readonly read: (path: string) => Promise<string | undefined>;
}

/** What a record says of whose it is; earlier ones do not say the project. */
const ownerSchema = z.object({
    stack: z.string(),
    project: z.string().optional(),
    organization: z.string().optional(),
    finished: z.string(),
    sealedSha256: z.string(),
});

type Owner = z.infer<typeof ownerSchema>;

/**
 * Refuses, before the first write, to overwrite what another stack keeps where this one is about
 * to: both would overwrite each other at every rotation, and neither could be recovered. What this
 * stack left before its state was lost, or before it was destroyed, is taken over, with a warning.
 */
export async function refuseOthersFiles(
    { path, recordPath, branch }: MirrorFileSettings,
    { mirrorFiles, sealed: stashed }: Pick<Recorded, "mirrorFiles" | "sealed">,
    { repository, read }: MirrorPlace,
): Promise<void> {
    const isOurs = (one: string) =>
        mirrorFiles.some(
            (file) => file.repository === repository && file.branch === branch && file.path === one,
        );
    if (isOurs(path) && isOurs(recordPath)) return;
    const sealed = isOurs(path) ? undefined : await read(path);
    const text = await read(recordPath);
    const owner = text === undefined ? undefined : parseOwner(text);
    const where = `in ${repository}`;
    if (text !== undefined && !isOurs(recordPath)) refuseOthersRecord(owner, recordPath, where);
    const known = owner !== undefined && isThisStack(owner) && owner.sealedSha256;
    // Written by an update that was killed before that was recorded; sealing was.
    if (sealed === undefined || known === sha256(sealed) || stashed[path] === sealed) return;
    refuse(
        `mirror.path: ${path} is there already ${where}, and is not what this stack is on record to have written: set ` +
            "another path; if this stack wrote it nevertheless, delete it there first, it stays in the history",
    );
}

function refuseOthersRecord(owner: Owner | undefined, path: string, where: string): void {
    if (owner === undefined) {
        refuse(
            `mirror.path: ${path}, the record beside it, is there already ${where}, and is no record of this program: ` +
                "set another path, or delete it there first",
        );
    }
    const { stack, project, finished } = owner;
    const who = `stack ${project === undefined ? stack : `${stack} of project ${project}`}`;
    if (!isThisStack(owner)) {
        refuse(
            `mirror.path: ${path}, the record beside it, is there already ${where}, of ${who}, finished ${finished}: set ` +
                "another path, such as one in a directory of its own",
        );
    }
    void pulumi.log.warn(
        `mirror: ${path} is there already ${where}, of ${who}, finished ${finished}: this stack takes it over, and what ` +
            "it held stays in the history",
    );
}

function isThisStack({ stack, project, organization }: Owner): boolean {
    return (
        stack === pulumi.getStack() &&
        (project ?? pulumi.getProject()) === pulumi.getProject() &&
        (organization ?? pulumi.getOrganization()) === pulumi.getOrganization()
    );
}

function parseOwner(text: string): Owner | undefined {
    try {
        return ownerSchema.parse(JSON.parse(text));
    } catch {
        return undefined; // it is somebody's own text
    }
}
