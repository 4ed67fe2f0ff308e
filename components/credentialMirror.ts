import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { fingerprint, type Sealing } from "../lib/seal.ts";
import type { GitHubMirrorSettings, MirrorSettings } from "../lib/settings.ts";
import { GitHubStore, GitStore, type MirrorStore } from "./mirrorStore.ts";

/** Inputs of a {@link CredentialMirror}: where it is, and what it holds. */
export type CredentialMirrorArgs = MirrorSettings & SealedArgs;

/** What a {@link CredentialMirror} holds. */
export interface SealedArgs {
    /** To whom it is sealed, and into which files. */
    readonly sealing: Sealing;
    /** What is sealed. */
    readonly plaintext: pulumi.Input<string>;
    /** Stands for the plaintext: it is sealed again when this or the sealing changes, and only then. May be secret. */
    readonly version: pulumi.Input<string>;
    /** What the commit says, when there is one. */
    readonly message: string;
}

/** What is kept of the last sealing. The message goes with it, or going back would commit for it alone. */
interface Stashed {
    readonly files: Record<string, string>;
    readonly message: string;
}

/**
 * The encrypted copy of the credential in a private Git repository: a commit a rotation.
 *
 * Encryption is randomised, so the sealed text is kept in a stash and made anew only when what it stands for changes;
 * otherwise every update would commit. Destroying the stack leaves repository and files where they are.
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
            ? { store: new GitStore(args), url: pulumi.output(args.remote.url) }
            : this.#useGitHub(name, args);
        const files = pulumi.output(args.plaintext).apply((text) => sealing.seal(text));
        const sealed = new pulumi.Stash(
            `${name}-sealed`,
            { input: { files: pulumi.unsecret(files), message, recipients: [...sealing.readers] } },
            {
                parent: this,
                ignoreChanges: ["input"],
                // Engine 3.259 reads a secret trigger back as null, which never triggers. Plain is safe: this is a
                // digest of salted hashes of long random values.
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
        const write = { files: Object.fromEntries(written), message: stashed.message };
        store.write(name, write, this);
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

function requireFile(files: Record<string, string>, path: string): string {
    const content = files[path];
    if (content === undefined) throw new Error(`${path} is not among the sealed files`);
    return content;
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
