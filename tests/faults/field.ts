import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { CoreV1Api } from "@kubernetes/client-node";
import { probeUntil } from "../../proof/probe.ts";
import type { Part } from "../../sandbox/parts/process.ts";
import { waitFor } from "../../sandbox/parts/process.ts";
import type { Engine, EngineEvent, Outcome, StepMetadata } from "../../sandbox/runs/engine.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { configurationFile } from "../../sandbox/runs/stack.ts";
import { startVmauth } from "../../sandbox/parts/vmauthPart.ts";
import { Deployment, type Edit } from "../support/deployment.ts";
import { readSecret, SENDER_SECRET } from "../support/devStack.ts";

const UP = ["up", "--yes", "--skip-preview"];
const PROJECTION_SECONDS = 150; // a sender that is 120 s late, and some
const UPS = 3; // more than that is no recovery

/** Something the engine is about to do (`pre`) or has done (`out`). */
export interface Moment {
    readonly when: "pre" | "out";
    readonly op: string;
    /** The last part of the URN, which may have a label in it. */
    readonly name: RegExp;
    readonly type: string;
}

/** Where faults happen: the sandbox with its stack, and what has become of its updates. */
export class Field {
    readonly sandbox: Sandbox;
    readonly deployment: Deployment;
    /** The vmauth that runs now. */
    receiver: Part;
    /** The keeper. */
    keeper = "";
    /** What recovered the last fault, and how often the fault made an update fail. */
    recoveredBy = "";
    /** Credentials that faults made up. */
    readonly forged = new Set<string>();
    #labels = 0;
    #hasPending = false;
    #last: Outcome | undefined;

    constructor(sandbox: Sandbox, receiver: Part) {
        this.sandbox = sandbox;
        this.receiver = receiver;
        this.deployment = new Deployment(sandbox.engine, configurationFile(sandbox.directory));
    }

    get core(): CoreV1Api {
        return this.sandbox.cluster.admin.makeApiClient(CoreV1Api);
    }

    /** Sets the keeper to a label no generation has had, or to one that is given. */
    async bump(label?: string): Promise<string> {
        this.keeper = label ?? this.nextLabel();
        await this.deployment.configure({ rotation: this.keeper });
        return this.keeper;
    }

    /** A label that no generation has had. */
    nextLabel(): string {
        this.#labels += 1;
        return `f${String(this.#labels).padStart(3, "0")}`;
    }

    /** Runs `pulumi up` to its end, with further arguments, whatever that is. */
    async up(...args: readonly string[]): Promise<Outcome> {
        this.#last = await this.sandbox.engine.run(...UP, ...args);
        return this.#last;
    }

    /** Runs another command of the engine's to its end, whatever that is. */
    async run(...args: readonly string[]): Promise<Outcome> {
        return this.sandbox.engine.run(...args);
    }

    /** Sets a new keeper and runs `pulumi up`, which must succeed. */
    async rotate(label?: string): Promise<Outcome> {
        await this.bump(label);
        return succeeded(await this.up());
    }

    /** Runs `pulumi up`, which must fail for a reason it tells. */
    async upFails(reason: RegExp): Promise<void> {
        failed(await this.up(), reason);
    }

    /** Runs `pulumi up` while the configuration is another one. */
    async upWith(edit: Edit): Promise<Outcome> {
        return this.deployment.configured(edit, () => this.up());
    }

    /** Runs `pulumi up` with other values in its environment. */
    async upAs(environment: Readonly<Record<string, string>>): Promise<Outcome> {
        this.#last = await this.sandbox.engine.withEnvironment(environment).run(...UP);
        return this.#last;
    }

    /** Runs `pulumi preview` with other values in its environment. */
    async previewAs(environment: Readonly<Record<string, string>>): Promise<Outcome> {
        return this.sandbox.engine.withEnvironment(environment).run("preview");
    }

    /** The URN that matches, of the stack's state. */
    async urnOf(pattern: RegExp): Promise<string> {
        const urn = (await this.deployment.resources()).find((one) => pattern.test(one.urn))?.urn;
        assert.ok(urn, `no resource matches ${pattern.source}`);
        return urn;
    }

    /** Runs `pulumi up` and does something at a moment of it. */
    async upWhile(moment: Moment, act: () => Promise<void>): Promise<Outcome> {
        let acting: Promise<void> | undefined;
        const run = await this.sandbox.engine.start(UP, (event) => {
            if (isAt(event, moment)) acting ??= act();
        });
        this.#last = await run.outcome;
        assert.ok(
            acting,
            `pulumi up never came to ${moment.op} ${moment.type}:\n${this.#last.output}`,
        );
        await acting;
        return this.#last;
    }

    /** Kills `pulumi up` at a moment of it, and all it started; then takes its lock away. */
    async upKilled(moment: Moment): Promise<void> {
        const outcome = await upKilled(this.sandbox.engine, moment);
        this.#last = { ...outcome, exitCode: 1 };
        this.#hasPending = true;
    }

    /** What the Secret holds, decoded. */
    async files(name: string): Promise<Readonly<Record<string, string>>> {
        return (await readSecret(this.sandbox.cluster, name)).files;
    }

    /** Deletes a Secret as people do. */
    async deleteSecret(name: string): Promise<void> {
        const { namespace } = this.sandbox.cluster;
        await this.core.deleteNamespacedSecret({ namespace, name });
    }

    /** Ends vmauth as a crash does, and resolves to how to start it again on the same port. */
    async crashReceiver(): Promise<() => Promise<void>> {
        process.kill(-this.receiver.pid, "SIGKILL");
        await this.receiver.ended;
        const { sandbox } = this;
        const { fleet, tools, directory } = sandbox;
        return async () => {
            const vmauth = startVmauth({
                name: "receiver",
                command: tools.vmauth.path,
                configuration: `${fleet.volumes.auth.mount.directory}/auth.yml`,
                port: Number(new URL(fleet.receiverUrl).port),
                logs: `${directory}/logs`,
            });
            this.receiver = await sandbox.start("vmauth again", vmauth);
        };
    }

    /**
     * Updates until one succeeds, if the fault has not done so itself, and proves that all is as it
     * should be.
     */
    async settle(): Promise<void> {
        this.recoveredBy = await this.#recover();
        const again = succeeded(await this.up());
        assert.equal(again.changes, 0, `the update after changes something:\n${again.output}`);
        const { current } = await this.rotation();
        assert.equal(current, this.keeper);
        const { fleet } = this.sandbox;
        const token = await this.seen();
        const thoroughness = { token, expected: "accepted", connections: 3 } as const;
        const patience = { limitSeconds: 5, everySeconds: 0.2 };
        const verdict = await probeUntil(fleet.receiverUrl, thoroughness, patience);
        assert.equal(verdict.kind, "accepted", verdict.reason);
        if (!this.#hasPending) return;
        // What was being made is warned of in every update, until somebody says that it was looked at.
        succeeded(await this.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates"));
        await this.deployment.resources(); // none are pending
        this.#hasPending = false;
    }

    async #recover(): Promise<string> {
        if (this.isDone) return "the same update";
        for (let ups = 1; ups <= UPS; ups++) {
            const { exitCode } = await this.up();
            if (exitCode === 0) return ups === 1 ? "pulumi up" : `pulumi up, ${ups} times`;
        }
        assert.fail(`nothing recovers it; pulumi up:\n${this.#last?.output ?? ""}`);
    }

    /** Whether the last update succeeded. */
    get isDone(): boolean {
        return this.#last?.exitCode === 0;
    }

    /** Waits until the sender's pod sees what its Secret holds; resolves to it. */
    async seen(): Promise<string> {
        const { token = "" } = await this.files(SENDER_SECRET);
        await this.sandbox.fleet.volumes.credential.shows("token", token, PROJECTION_SECONDS);
        return token;
    }

    async rotation(): Promise<{ current: string; accepted: string[] }> {
        const { output } = await this.sandbox.engine.must("stack", "output", "rotation", "--json");
        return JSON.parse(output) as { current: string; accepted: string[] };
    }
}

/** Kills `pulumi up` at a moment of it, and all it started; then takes its lock away. */
export async function upKilled(engine: Engine, moment: Moment): Promise<Outcome> {
    let killed = false;
    const run = await engine.start(UP, (event) => {
        if (killed || !isAt(event, moment)) return;
        killed = true;
        killTree(run.pid);
    });
    const outcome = await run.outcome;
    assert.ok(killed, `pulumi up never came to ${moment.op} ${moment.type}:\n${outcome.output}`);
    await engine.must("cancel", "--yes");
    return outcome;
}

/** The step an event is about, when it changes a resource. */
export function stepAt(event: EngineEvent, when: Moment["when"]): StepMetadata | undefined {
    const step = (when === "pre" ? event.resourcePreEvent : event.resOutputsEvent)?.metadata;
    return step?.op === "same" ? undefined : step;
}

export function succeeded(outcome: Outcome): Outcome {
    assert.equal(outcome.exitCode, 0, outcome.output);
    return outcome;
}

export function failed(outcome: Outcome, reason: RegExp): void {
    assert.notEqual(outcome.exitCode, 0, `pulumi up succeeded:\n${outcome.output}`);
    assert.match(outcome.output.replaceAll(/\s+/g, " "), reason);
}

function isAt(event: EngineEvent, { when, op, name, type }: Moment): boolean {
    const step = stepAt(event, when);
    return step?.op === op && step.type === type && name.test(step.urn.split("::").at(-1) ?? "");
}

/** The engine's plugins are process groups of their own, and would go on a little after it. */
function killTree(pid: number): void {
    process.kill(-pid, "SIGSTOP"); // stands still while we look for what it started
    const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
    const rows = table
        .trim()
        .split("\n")
        .map((line) => line.trim().split(/\s+/).map(Number));
    const family = [pid];
    for (const member of family) {
        family.push(...rows.flatMap(([id = 0, parent]) => (parent === member ? [id] : [])));
    }
    for (const member of family) {
        try {
            process.kill(member, "SIGKILL");
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
        }
    }
}

/** Stops a process for some seconds. */
export async function standStill(pid: number, seconds: number): Promise<void> {
    process.kill(pid, "SIGSTOP");
    const end = performance.now() + seconds * 1000;
    try {
        await waitFor("the end of the pause", () => performance.now() > end, {
            withinSeconds: seconds + 5,
        });
    } finally {
        process.kill(pid, "SIGCONT");
    }
}
