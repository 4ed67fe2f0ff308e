import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api, type V1ConfigMap, type V1Secret } from "@kubernetes/client-node";
import type { GitHubRequest } from "../../sandbox/github/proxy.ts";
import type { Outcome } from "../../sandbox/runs/engine.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import type { RunningKind } from "../../sandbox/parts/receiverParts.ts";
import { configurationFile } from "../../sandbox/runs/stack.ts";
import { letIn } from "./letIn.ts";
import type { RotationRecord } from "../../rotation/record.ts";
import { Deployment, type Rotation } from "./deployment.ts";
import {
    type LiveSecret,
    readSecret,
    RECORD_FILE,
    REPOSITORY,
    SEALED_FILE,
    SENDER_SECRET,
    SIGNATURE_FILE,
} from "./devStack.ts";

/**
 * How long an update watches whether anybody uses what it would drop, once the sender of the dev
 * stack uses the newest; see {@link Stage.senderFollowed}. It pushes twice a second.
 */
export const DISUSE_SECONDS = 1;

/** How the stack came to be. */
export interface FirstUp {
    readonly outcome: Outcome;
    readonly rotation: Rotation;
    readonly requests: readonly GitHubRequest[];
}

/**
 * One running sandbox with the dev stack deployed in it, for all suites of a process that ask for
 * it.
 */
export class Stage {
    /** Further stacks in the same sandbox. */
    readonly others: Deployment[] = [];
    #running: { sandbox: Sandbox; deployment: Deployment; firstUp: FirstUp } | undefined;
    #generations = 0;
    readonly #receiver: RunningKind;

    /** @param receiver The kind of its receiver. */
    constructor(receiver: RunningKind = "vmauth") {
        this.#receiver = receiver;
    }

    /** What the receiver reads. */
    get receiverSecret(): string {
        return `${this.#receiver}-auth`;
    }

    get sandbox(): Sandbox {
        return this.#require().sandbox;
    }

    /** The dev stack. */
    get deployment(): Deployment {
        return this.#require().deployment;
    }

    get firstUp(): FirstUp {
        return this.#require().firstUp;
    }

    /** All stacks there are. */
    get deployments(): readonly Deployment[] {
        return [this.deployment, ...this.others];
    }

    get core(): CoreV1Api {
        return this.sandbox.cluster.admin.makeApiClient(CoreV1Api);
    }

    /** A label that no generation has had. */
    newLabel = (): string => {
        this.#generations += 1;
        return `2027-01-${String(this.#generations).padStart(2, "0")}`;
    };

    async secret(name: string): Promise<LiveSecret> {
        return readSecret(this.sandbox.cluster, name);
    }

    /** What the sender pushes with, by its Secret. */
    async senderToken(): Promise<string> {
        return (await this.secret(SENDER_SECRET)).files["token"] ?? "";
    }

    /** How the sender shows who it is, by its Secret. */
    async senderLogin(): Promise<{
        readonly token: string;
        readonly username?: string | undefined;
    }> {
        const { token = "", username } = (await this.secret(SENDER_SECRET)).files;
        return { token, username };
    }

    /** What the receiver accepts, by label, newest first, as far as it has values. Secret. */
    async acceptedTokens(): Promise<ReadonlyMap<string, string>> {
        const { files } = await this.secret(this.receiverSecret);
        return letIn(files);
    }

    /** The labels of what the receiver accepts. */
    async acceptedLabels(): Promise<readonly string[]> {
        const { annotations } = await this.secret(this.receiverSecret);
        return annotations["prometheus-write-secret/accepted"]?.split(",") ?? [];
    }

    /** The record of the last rotation, as the repository has it. */
    async record(): Promise<RotationRecord> {
        const text = await this.sandbox.github.file(REPOSITORY, RECORD_FILE);
        return JSON.parse(text ?? "") as RotationRecord;
    }

    /** Has two generations accepted, so that there is one to go back to, to drop, or to retire. */
    async ensureOverlap(): Promise<void> {
        const { accepted } = await this.deployment.rotation();
        if (accepted.length === 2) return;
        await this.deployment.rotateTo(this.newLabel()); // drops what nobody uses
        await this.senderFollowed();
    }

    /** Waits until the sender's pod shows what its Secret holds. */
    async senderFollowed(): Promise<void> {
        const { credential } = this.sandbox.fleet.volumes;
        await credential.shows("token", await this.senderToken());
    }

    /** Every Secret and ConfigMap of the namespace. */
    async objects(): Promise<readonly (V1Secret | V1ConfigMap)[]> {
        const { namespace } = this.sandbox.cluster;
        const [secrets, configMaps] = await Promise.all([
            this.core.listNamespacedSecret({ namespace }),
            this.core.listNamespacedConfigMap({ namespace }),
        ]);
        return [...secrets.items, ...configMaps.items];
    }

    /**
     * All that an update could change: the state's resources, the versions of live objects, the
     * commits.
     */
    async snapshot(): Promise<unknown> {
        const objects = await this.objects();
        return {
            state: await this.deployment.state(),
            versions: objects.map(({ metadata }) => [metadata?.name, metadata?.resourceVersion]),
            commits: await this.sandbox.github.commits(REPOSITORY, SEALED_FILE),
            records: await this.sandbox.github.commits(REPOSITORY, RECORD_FILE),
            signatures: await this.sandbox.github.commits(REPOSITORY, SIGNATURE_FILE),
        };
    }

    async start(): Promise<void> {
        if (this.#running) return;
        const directory = await mkdtemp(join(tmpdir(), "stage-"));
        const sandbox = await startSandbox({ directory, receiver: this.#receiver });
        try {
            const deployment = new Deployment(sandbox.engine, configurationFile(directory));
            const outcome = await deployment.up();
            const firstUp = {
                outcome,
                rotation: await deployment.rotation(),
                requests: [...sandbox.github.requests],
            };
            await deployment.configure({ disuseSeconds: DISUSE_SECONDS });
            this.#running = { sandbox, deployment, firstUp };
        } catch (error) {
            await sandbox.stop();
            throw error;
        }
    }

    /** Ends the sandbox, unless it has not started. */
    async stop(): Promise<void> {
        await this.#running?.sandbox.stop();
        this.#running = undefined;
    }

    #require() {
        if (this.#running) return this.#running;
        throw new Error("the sandbox runs within suites that call useSandbox()");
    }
}
