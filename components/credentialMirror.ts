import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { fingerprint, seal } from "../lib/seal.ts";
import type { GitHubMirrorSettings, MirrorSettings } from "../lib/settings.ts";
import { GitHubStore, GitStore, type MirrorStore } from "./mirrorStore.ts";

/** Raised when the sealed text would be another one for the same secrets, so that it is made anew. */
const FORMAT = 1;

/** Inputs of a {@link CredentialMirror}: where it is, and what it holds. */
export type CredentialMirrorArgs = MirrorSettings & SealedArgs;

/** What a {@link CredentialMirror} holds. */
export interface SealedArgs {
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
 * The encrypted copy of the credential in a private Git repository: one file, one commit a rotation.
 *
 * Encryption is randomised, so the sealed text is kept in a stash and made anew only when what it stands for changes;
 * otherwise every update would commit. Destroying the stack leaves repository and file where they are.
 */
export class CredentialMirror extends pulumi.ComponentResource {
    /** The repository, on GitHub in a browser. */
    readonly url: pulumi.Output<string>;
    /** Where the sealed file is, and others may go. */
    readonly store: MirrorStore;
    /** The sealed text. */
    readonly sealed: pulumi.Output<string>;

    constructor(name: string, args: CredentialMirrorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:CredentialMirror", name, {}, opts);
        const { path, recipients, message } = args;
        const { store, url } = args.remote
            ? { store: new GitStore(args), url: pulumi.output(args.remote.url) }
            : this.#useGitHub(name, args);
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
        [this.store, this.url] = [store, url];
        store.write(name, { files: { [path]: stashed.content }, message: stashed.message }, this);
        this.registerOutputs({});
    }

    #useGitHub(
        name: string,
        args: GitHubMirrorSettings,
    ): { store: MirrorStore; url: pulumi.Output<string> } {
        const made = args.create ? this.#createRepository(name, args) : undefined;
        // Read back rather than trusted: the file must wait until the repository is seen to be private.
        const repository = made ? requirePrivate(made) : pulumi.output(args.repository);
        const fullName = `${args.owner}/${args.repository}`;
        const url =
            made?.htmlUrl ?? github.getRepositoryOutput({ fullName }, { parent: this }).htmlUrl;
        return { store: new GitHubStore(repository, args.branch), url };
    }

    #createRepository(name: string, args: GitHubMirrorSettings): github.Repository {
        return new github.Repository(
            `${name}-repository`,
            {
                name: args.repository,
                description: "Encrypted copies of Prometheus write credentials",
                visibility: "private", // the provider's own default is public
                autoInit: true, // a file can only be written to a branch that exists
                hasIssues: false,
                hasProjects: false,
                hasWiki: false,
            },
            { parent: this, protect: true, retainOnDelete: true, ignoreChanges: ["autoInit"] },
        );
    }
}

/** The repository's name, once it is known to be private. */
function requirePrivate(repository: github.Repository): pulumi.Output<string> {
    return pulumi.all([repository.name, repository.visibility]).apply(([name, visibility]) => {
        if (visibility === "private") return name;
        throw new pulumi.ResourceError(
            `repository ${name} must be private, it is ${visibility}`,
            repository,
            true,
        );
    });
}
