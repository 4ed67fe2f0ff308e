import * as pulumi from "@pulumi/pulumi";
import { readFiles } from "../../mirror/git/gitRead.ts";
import { visibilityFault } from "../../mirror/git/visibility.ts";
import type { RepositoryFacts } from "../../mirror/gitHub/repositoryFacts.ts";
import { sha256 } from "../../rotation/digest.ts";
import type { GitMirrorSettings } from "../../settings/mirrorSettings.ts";
import { messageOf } from "../../text/messageOf.ts";
import type { Recorded } from "../recorded.ts";
import type { MirrorPush } from "../recordedMirror.ts";
import { refuse } from "../refuse.ts";
import { refuseOthersFiles } from "./mirrorFiles.ts";

type Files = Readonly<Record<string, string>>;

/**
 * Refuses a mirror on a Git host that others can read, that cannot be read, or that another stack
 * writes to; warns of files that somebody changed since they were pushed, which are pushed again.
 */
export async function inspectGitMirror(
    mirror: GitMirrorSettings,
    recorded: Pick<Recorded, "mirrorFiles" | "mirrorPushes" | "sealed">,
): Promise<RepositoryFacts> {
    await requirePrivate(mirror);
    const { remote, branch, path, recordPath } = mirror;
    const pushes = recorded.mirrorPushes.filter(
        (one) => one.remote === remote.url && one.branch === branch,
    );
    const pushed = pushes.flatMap(({ sha256: digests }) => Object.keys(digests));
    const files = await read(mirror, [...new Set([path, recordPath, ...pushed])]);
    await refuseOthersFiles(mirror, recorded, {
        repository: remote.url,
        read: (one) => Promise.resolve(files[one]),
    });
    return {
        offers: { rulesets: false, forking: false },
        fresh: false,
        repairs: countRepairs(mirror, pushes, files),
    };
}

async function requirePrivate({ remote, credentials }: GitMirrorSettings): Promise<void> {
    if (remote.protocol === "ssh") {
        void pulumi.log.warn(
            `mirror.remote ${remote.url} cannot be asked over SSH whether it is private: see to it that only those read it who may`,
        );
        return;
    }
    const fault = await visibilityFault({ remote, credentials });
    if (fault !== undefined) refuse(`mirror.remote ${remote.url} ${fault}`);
}

async function read(mirror: GitMirrorSettings, paths: readonly string[]): Promise<Files> {
    try {
        return await readFiles(mirror, paths);
    } catch (error) {
        return refuse(messageOf(error));
    }
}

/** How often each push was made again, those included that somebody makes necessary now. */
function countRepairs(
    { remote }: GitMirrorSettings,
    pushes: readonly MirrorPush[],
    files: Files,
): Readonly<Record<string, number>> {
    // The record's push may be older than the mirror's, where an update did not finish: a file is
    // as we left it when it is as either of them had it.
    const isOurs = (path: string) => {
        const digest = sha256(files[path] ?? "");
        return files[path] !== undefined && pushes.some((one) => one.sha256[path] === digest);
    };
    const changed = new Set(
        pushes.flatMap(({ sha256: all }) => Object.keys(all).filter((path) => !isOurs(path))),
    );
    if (changed.size > 0) {
        void pulumi.log.warn(
            `mirror.remote ${remote.url}: ${[...changed].join(", ")} changed there, or went, since it was pushed: ` +
                "pulumi up pushes it again",
        );
    }
    return Object.fromEntries(
        pushes.map(({ name, repairs, sha256: all }) => {
            const broken = Object.keys(all).some((path) => changed.has(path));
            return [name, repairs + (broken ? 1 : 0)];
        }),
    );
}
