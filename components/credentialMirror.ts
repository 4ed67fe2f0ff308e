import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { rotationMessage } from "../mirror/commitMessages.ts";
import { renderManifest, renderShape } from "../mirror/manifest.ts";
import { fingerprint } from "../rotation/digest.ts";
import type { Sealing } from "../seal/seal.ts";
import type { GitHubMirrorSettings, MirrorSettings } from "../settings/mirrorSettings.ts";
import { auditMirrored } from "../update/audit.ts";
import type { Prepared } from "../update/prepare.ts";
import { MirrorRepository } from "./mirrorRepository.ts";
import type { RepositoryFacts } from "../mirror/gitHub/repositoryFacts.ts";
import { GitHubStore, GitStore, type MirrorStore } from "./mirrorStore.ts";
import type { WriteCredential } from "./writeCredential.ts";

/** Inputs of a {@link CredentialMirror}: where it is, and what it holds. */
export type CredentialMirrorArgs = MirrorSettings & SealedArgs;

/** What a {@link CredentialMirror} holds. */
export interface SealedArgs {
    /** To whom it is sealed, and into which files. */
    readonly sealing: Sealing;
    /** What GitHub says of the repository: nothing, where the mirror is elsewhere. */
    readonly found: RepositoryFacts;
    /** What is sealed. */
    readonly plaintext: pulumi.Input<string>;
    /**
     * Stands for the plaintext: it is sealed again when this or the sealing changes, and only then.
     * May be secret.
     */
    readonly version: pulumi.Input<string>;
    /** What the commit says, when there is one. */
    readonly message: string;
    /** Told which file of it is in the mirror, once it is. Defaults to nobody. */
    readonly onWritten?: ((path: string) => void) | undefined;
}

/**
 * What is kept of the last sealing. The message goes with it, or going back would commit for it
 * alone.
 */
interface Stashed {
    readonly files: Record<string, string>;
    readonly message: string;
}

/**
 * The encrypted copy of the credential in a private Git repository: a commit a rotation.
 *
 * Encryption is randomised, so the sealed text is kept in a stash and made anew only when what it
 * stands for changes; otherwise every update would commit. Destroying the stack leaves the files
 * where they are, in a repository that it archives if it made it.
 */
export class CredentialMirror extends pulumi.ComponentResource {
    /** The repository, on GitHub in a browser. */
    readonly url: pulumi.Output<string>;
    /** Where the sealed files are, and others may go. */
    readonly store: MirrorStore;
    /** The sealed texts, by path. */
    readonly sealed: pulumi.Output<Record<string, string>>;

    constructor(name: string, args: CredentialMirrorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:CredentialMirror", name, {}, opts);
        const { sealing, message } = args;
        const { store, url } = args.remote
            ? { store: new GitStore(args, args.found.repairs), url: pulumi.output(args.remote.url) }
            : this.#useGitHub(name, args);
        const files = pulumi.output(args.plaintext).apply((text) => sealing.seal(text));
        const sealed = new pulumi.Stash(
            `${name}-sealed`,
            { input: { files: pulumi.unsecret(files), message, recipients: [...sealing.readers] } },
            {
                parent: this,
                ignoreChanges: ["input"],
                // Engine 3.259 reads a secret trigger back as null, which never triggers. Plain is
                // safe: this is a digest of salted hashes of long random values.
                replacementTrigger: pulumi.unsecret(
                    pulumi
                        .output(args.version)
                        .apply((version) => fingerprint([sealing.version, version])),
                ),
            },
        );
        const stashed = sealed.output as pulumi.Output<Stashed>;
        this.sealed = stashed.files;
        [this.store, this.url] = [store, url];
        const written = sealing.paths.map(
            (path) => [path, stashed.apply(({ files }) => requireFile(files, path))] as const,
        );
        const { onWritten } = args;
        const write = {
            files: Object.fromEntries(written),
            message: stashed.message,
            ...(onWritten && { onWritten }),
        };
        store.write(name, write, this);
        this.registerOutputs({});
    }

    #useGitHub(
        name: string,
        args: GitHubMirrorSettings & SealedArgs,
    ): { store: MirrorStore; url: pulumi.Output<string> } {
        const made = args.create
            ? new MirrorRepository(`${name}-repository`, args, { parent: this })
            : undefined;
        const fullName = `${args.owner}/${args.repository}`;
        const url = made?.url ?? github.getRepositoryOutput({ fullName }, { parent: this }).htmlUrl;
        // The files must wait until the repository is seen to be private.
        return { store: new GitHubStore(args, made?.repository), url };
    }
}

function requireFile(files: Record<string, string>, path: string): string {
    const content = files[path];
    if (content === undefined) throw new Error(`${path} is not among the sealed files`);
    return content;
}

/** Makes it of what receivers are to accept: before they do, and before any sender has it. */
export function makeMirror(
    { settings, sealing, found, plan }: Prepared,
    { accepted, hashes }: Pick<WriteCredential, "accepted" | "hashes">,
): CredentialMirror {
    const { current } = plan;
    return new CredentialMirror("mirror", {
        ...settings.mirror,
        ...{ sealing, found },
        plaintext: accepted.apply((known) =>
            renderManifest(settings, { current, accepted: known }),
        ),
        version: hashes.apply((known) => renderShape(settings, known)),
        onWritten: auditMirrored(plan),
        message: rotationMessage(pulumi.getStack(), plan),
    });
}
