import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { posix } from "node:path";
import { fingerprint, type Sealing } from "../lib/seal.ts";

/** Inputs of a {@link CredentialMirror}. */
export interface CredentialMirrorArgs {
    /** The GitHub user or organisation. */
    readonly owner: string;
    readonly repository: string;
    /** The branch the sealed files are written to. */
    readonly branch: string;
    /** Whether to make the repository; else it must exist and be private. */
    readonly create: boolean;
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
 * The encrypted copy of the credential in a private GitHub repository: a commit a rotation for each sealed file.
 *
 * Encryption is randomised, so the sealed text is kept in a stash and made anew only when what it stands for changes;
 * otherwise every update would commit. Destroying the stack leaves repository and files where they are.
 */
export class CredentialMirror extends pulumi.ComponentResource {
    /** The repository in a browser. */
    readonly url: pulumi.Output<string>;
    /** The sealed files, in the order they are written. */
    readonly files: readonly github.RepositoryFile[];
    /** The sealed texts, by path. */
    readonly sealed: pulumi.Output<Record<string, string>>;
    /** The repository's name, once it is known to be private. */
    readonly repository: pulumi.Output<string>;

    constructor(name: string, args: CredentialMirrorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus-write-secret:index:CredentialMirror", name, {}, opts);
        const { repository, sealing, message } = args;
        const made = args.create ? this.#createRepository(name, args) : undefined;
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
        // Read back rather than trusted: the files must wait until the repository is seen to be private.
        this.repository = made ? requirePrivate(made) : pulumi.output(repository);
        this.files = this.#writeFiles(name, args, stashed);
        const fullName = `${args.owner}/${args.repository}`;
        this.url =
            made?.htmlUrl ?? github.getRepositoryOutput({ fullName }, { parent: this }).htmlUrl;
        this.registerOutputs({});
    }

    #writeFiles(
        name: string,
        { sealing, branch }: CredentialMirrorArgs,
        stashed: pulumi.Output<Stashed>,
    ): readonly github.RepositoryFile[] {
        const written: github.RepositoryFile[] = [];
        for (const [index, path] of sealing.paths.entries()) {
            const file = new github.RepositoryFile(
                index === 0 ? name : `${name}-${posix.basename(path)}`,
                {
                    repository: this.repository,
                    branch,
                    file: path,
                    content: stashed.apply(({ files }) => requireFile(files, path)),
                    commitMessage: stashed.message,
                    overwriteOnCreate: true, // what an earlier stack left is in the history
                },
                {
                    parent: this,
                    retainOnDelete: true,
                    // A write whose answer was lost leaves another SHA there than is recorded, which an update sends
                    // along and GitHub refuses; a creation reads it first.
                    replaceOnChanges: ["content"],
                    dependsOn: [...written], // GitHub refuses one of two commits to a branch at once
                },
            );
            written.push(file);
        }
        return written;
    }

    #createRepository(name: string, args: CredentialMirrorArgs): github.Repository {
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
