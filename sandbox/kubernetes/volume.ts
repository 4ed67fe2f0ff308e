import { writeAtomically } from "./atomicWriter.ts";
import { waitFor } from "../parts/process.ts";

const PATIENCE_SECONDS = 60;

/** Which object a {@link Volume} shows, and where. */
export interface Mount {
    readonly kind: "Secret" | "ConfigMap";
    readonly name: string;
    /** Made when the volume is first projected, and the volume's alone. */
    readonly directory: string;
    /**
     * Seconds from a change in the API to its files; see {@link Volume.delaySeconds}. Defaults to
     * the kubelet's.
     */
    readonly delaySeconds?: number;
}

/** One version of the object a volume shows. */
export interface Version {
    readonly resourceVersion: string;
    readonly files: ReadonlyMap<string, Buffer>;
}

/**
 * The files of a Secret or ConfigMap, as a running pod sees them. Once there they stay, also when
 * the object is deleted.
 */
export class Volume {
    readonly mount: Mount;
    /**
     * The version shown; undefined before the first. Later ones that changed no file count as
     * shown.
     */
    projectedResourceVersion: string | undefined;
    readonly #first = Promise.withResolvers<undefined>();
    #begun = false;
    #shown: Version | undefined;
    #delaySeconds: number;
    #waiting: { readonly version: Version; readonly since: number }[] = [];
    #timer: NodeJS.Timeout | undefined;
    #writing: Promise<void> = Promise.resolve();
    #failure: Error | undefined;

    constructor(mount: Mount, delaySeconds: number) {
        this.mount = mount;
        this.#delaySeconds = delaySeconds;
        // Whoever awaits it sees the failure; nobody has to
        this.#first.promise.catch(() => undefined);
    }

    /**
     * Seconds from a change in the API to its files. May be set at any time, and then also holds
     * for changes already waiting. The first version is shown without delay, as a pod's volumes are
     * set up when it starts.
     */
    get delaySeconds(): number {
        return this.#delaySeconds;
    }

    set delaySeconds(seconds: number) {
        this.#delaySeconds = seconds;
        this.#schedule();
    }

    /**
     * Resolves when the volume shows something; has no limit, as a pod waits for a missing Secret
     * for ever.
     */
    async projected(): Promise<void> {
        await this.#first.promise;
    }

    /**
     * Resolves when the volume shows the given version of its object, or a later one. Fails after
     * 60 s by default.
     */
    async projectedAtLeast(
        resourceVersion: string,
        withinSeconds = PATIENCE_SECONDS,
    ): Promise<void> {
        // Kubernetes promises since 1.35 that they compare as numbers (KEP-5504); etcd's always
        // have.
        const wanted = BigInt(resourceVersion);
        const reached = () => {
            const shown = this.projectedResourceVersion;
            return shown !== undefined && BigInt(shown) >= wanted;
        };
        await this.#await(
            `${this.#title()} shown at version ${resourceVersion}`,
            reached,
            withinSeconds,
        );
    }

    /**
     * Resolves when the file shows this text. Fails after 60 s by default, without saying either
     * text.
     */
    async shows(name: string, text: string, withinSeconds = PATIENCE_SECONDS): Promise<void> {
        const expected = Buffer.from(text);
        const reached = () => this.#shown?.files.get(name)?.equals(expected) ?? false;
        await this.#await(
            `${this.#title()} showing what is expected in ${name}`,
            reached,
            withinSeconds,
        );
    }

    /** Takes note of a version of the object, to be shown when it is due. */
    change(version: Version): void {
        this.#waiting.push({ version, since: performance.now() });
        this.#schedule();
    }

    /** Shows nothing more; resolves when nothing is being written. */
    async stop(): Promise<void> {
        this.#waiting = [];
        clearTimeout(this.#timer);
        this.#first.reject(new Error(`${this.#title()} was never shown: the kubelet was stopped`));
        await this.#writing;
    }

    #title(): string {
        return `${this.mount.kind} ${this.mount.name}`;
    }

    #schedule(): void {
        clearTimeout(this.#timer);
        const next = this.#waiting[0];
        if (!next) return;
        const delay = this.#begun ? this.#delaySeconds * 1000 : 0;
        const milliseconds = Math.max(0, next.since + delay - performance.now());
        this.#timer = setTimeout(() => {
            this.#waiting.shift();
            this.#begun = true;
            this.#writing = this.#writing.then(() => this.#show(next.version));
            this.#schedule();
        }, milliseconds);
    }

    async #show(version: Version): Promise<void> {
        try {
            await writeAtomically(this.mount.directory, version.files);
            this.#shown = version;
            this.projectedResourceVersion = version.resourceVersion;
            this.#first.resolve(undefined);
        } catch (error) {
            this.#failure = new Error(`${this.#title()} could not be shown`, { cause: error });
            this.#first.reject(this.#failure);
        }
    }

    async #await(what: string, reached: () => boolean, withinSeconds: number): Promise<void> {
        const look = () => {
            if (this.#failure) throw this.#failure;
            return reached();
        };
        await waitFor(what, look, { withinSeconds, everySeconds: 0.02 });
    }
}
