import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { fingerprint, seal } from "../lib/seal.ts";
import type { RepositorySettings } from "../lib/settings.ts";
import { MirrorRepository, type Offers } from "./mirrorRepository.ts";
import { missingRight } from "./missingRight.ts";

/** Raised when the sealed text would be another one for the same secrets, so that it is made anew. */
const FORMAT = 1;

/** Inputs of a {@link CredentialMirror}. */
export interface CredentialMirrorArgs extends RepositorySettings {
    /** The GitHub user or organisation. */
    readonly owner: string;
    readonly repository: string;
    /** The sealed file in the repository, and the branch it is written to. */
    readonly path: string;
    readonly branch: string;
    /** Whether to make the repository; else it must exist and be private. */
    readonly create: boolean;
    /** What GitHub lets the repository have that is made. */
    readonly offers: Offers;
    /** Whether there is no repository yet. */
    readonly fresh: boolean;
    /** age public keys, one at least: each of them alone opens the file. */
    readonly recipients: readonly string[];
    /** What is sealed. */
    readonly plaintext: pulumi.Input<string>;
    /** Stands for the plaintext: the file is sealed again when this changes, and only then. May be secret. */
    readonly version: pulumi.Input<string>;
    /** What the commit says, when there is one. */
    readonly message: string;
}

/**
 * The encrypted copy of the credential in a private GitHub repository: one file, one commit a rotation.
 *
 * Encryption is randomised, so the sealed text is kept in a stash and made anew only when what it stands for changes;
 * otherwise every update would commit. Destroying the stack leaves the file where it is, in a repository
 * that it archives if it made it.
 */
export class CredentialMirror extends pulumi.ComponentResource {
    /** The repository in a browser. */
    readonly url: pulumi.Output<string>;
    /** The sealed file. Depend on it to come after the backup. */
    readonly file: github.RepositoryFile;
    /** The sealed text. */
    readonly sealed: pulumi.Output<string>;

    constructor(name: string, args: CredentialMirrorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:CredentialMirror", name, {}, opts);
        const { repository, path, branch, recipients, message } = args;
        const made = args.create
            ? new MirrorRepository(`${name}-repository`, args, { parent: this })
            : undefined;
        const content = pulumi.output(args.plaintext).apply((text) => seal(text, recipients));
        const sealed = new pulumi.Stash(
            `${name}-sealed`,
            // The message goes with the text, or going back to a former generation would commit for it alone.
            { input: { content: pulumi.unsecret(content), message, recipients: [...recipients] } },
            {
                parent: this,
                ignoreChanges: ["input"],
                // Engine 3.259 reads a secret trigger back as null, which never triggers. Plain is safe: this is a
                // digest of salted hashes of long random values.
                replacementTrigger: pulumi.unsecret(
                    pulumi
                        .output(args.version)
                        .apply((version) => fingerprint([FORMAT, [...recipients].sort(), version])),
                ),
            },
        );
        const stashed = sealed.output as pulumi.Output<{ content: string; message: string }>;
        this.sealed = stashed.content;
        // The file must wait until the repository is seen to be private.
        const target = made?.repository ?? pulumi.output(repository);
        this.file = new github.RepositoryFile(
            name,
            {
                repository: target,
                branch,
                file: path,
                content: stashed.content,
                commitMessage: stashed.message,
                overwriteOnCreate: true, // what an earlier stack left is in the history
            },
            // A write whose answer was lost leaves another SHA there than is recorded, which an update sends along
            // and GitHub refuses; a creation reads it first.
            {
                parent: this,
                retainOnDelete: true,
                replaceOnChanges: ["content"],
                hooks: { onError: [missingRight("Contents", repository)] },
            },
        );
        const fullName = `${args.owner}/${args.repository}`;
        this.url = made?.url ?? github.getRepositoryOutput({ fullName }, { parent: this }).htmlUrl;
        this.registerOutputs({});
    }
}
