import assert from "node:assert/strict";
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import type { Asked, Step } from "../../../commands/preview/ask.ts";
import { Progress, type Stage } from "../../../commands/update/stages.ts";
import { step } from "../../support/previewedStep.ts";
import type { Outlook } from "../../../rotation/outlook.ts";

const OUTLOOK: Outlook = {
    ...{ current: "b", made: true, former: "a", rotates: true, goesBack: false },
    ...{ kept: ["a"], dropped: [], retired: [], leaked: undefined },
    ...{ senders: { edge: "a", agent: "a" }, receivers: ["central"] },
    projectionLimitSeconds: 300,
};

const STEPS = [
    step("create", "WriteCredential$random:index/randomPassword:RandomPassword", "write-b"),
    step("same", "Sender$kubernetes:core/v1:ConfigMap", "edge-configuration"),
    step("create-replacement", "CredentialMirror$pulumi:index:Stash", "mirror-sealed"),
    step("delete-replaced", "CredentialMirror$pulumi:index:Stash", "mirror-sealed"),
    step("update", "Receiver$kubernetes:core/v1:Secret", "central"),
    step("update", "Sender$kubernetes:core/v1:Secret", "edge"),
    step("update", "Sender$kubernetes:core/v1:Secret", "agent"),
    step("update", "RotationRecord$pulumi:index:Stash", "record-stash"),
    step("delete", "WriteCredential$random:index/randomPassword:RandomPassword", "write-a"),
];

/** What the engine reports when it begins a step, or has taken it; the rest of it nobody reads. */
function report(kind: "resourcePreEvent" | "resOutputsEvent", { op, urn }: Step): EngineEvent {
    return { ...AT, [kind]: { metadata: { op, urn } as StepEventMetadata } };
}

function diagnostic(severity: "info" | "warning" | "error" | "debug", message: string) {
    return { ...AT, diagnosticEvent: { severity, message } } as EngineEvent;
}

const AT = { sequence: 0, timestamp: 0 };
const TITLES = [
    "look at what there is",
    "make b",
    "seal what is accepted into the mirror",
    "tell receivers what to accept",
    "ask each receiver whether it accepts b",
    "hand b to senders",
    "record it",
    "remove what nobody uses any more",
];

/** The titles of those that have ended well. */
async function ended(stages: readonly Stage[]): Promise<readonly string[]> {
    const open = Symbol("open");
    const results = await Promise.all(
        stages.map(({ ended }) => Promise.race([ended, Promise.resolve(open)])),
    );
    return stages.filter((_, index) => results[index] !== open).map(({ title }) => title);
}

describe("Progress", () => {
    const begin = (asked: Partial<Asked> = {}) =>
        new Progress({ outlook: OUTLOOK, steps: STEPS, ...asked });

    it("has the stages in which something changes, in the order of an update", () => {
        assert.deepEqual(
            begin().stages.map(({ title }) => title),
            TITLES,
        );
    });

    it("has no gate where senders change for another reason", () => {
        const { stages } = begin({
            outlook: { ...OUTLOOK, rotates: false },
            steps: STEPS.slice(4),
        });
        assert.ok(!stages.some(({ title }) => title.startsWith("ask")));
    });

    it("ends each when its last object is written, and the gate with the first of the senders", async () => {
        const progress = begin();
        const { stages } = progress;
        const after: Record<string, readonly string[]> = {};
        for (const one of STEPS) {
            progress.see(report("resourcePreEvent", one));
            progress.see(report("resOutputsEvent", one));
            after[one.urn.split("::").at(-1) ?? ""] = await ended(stages);
        }
        assert.deepEqual(after, {
            "write-b": TITLES.slice(0, 2),
            "edge-configuration": TITLES.slice(0, 2),
            "mirror-sealed": TITLES.slice(0, 3),
            central: TITLES.slice(0, 4),
            edge: TITLES.slice(0, 5),
            agent: TITLES.slice(0, 6),
            "record-stash": TITLES.slice(0, 7),
            "write-a": TITLES,
        });
    });

    it("tells the stage under way what is waited for, and nothing of what is empty or of the SDK", () => {
        const progress = begin();
        const [look, make] = progress.stages;
        const told: string[] = [];
        for (const stage of [look, make]) {
            if (stage) stage.report = (state) => told.push(`${stage.title}: ${state}`);
        }
        progress.see(diagnostic("info", "watching for 6 s\n"));
        progress.see(diagnostic("info", "\n"));
        progress.see(diagnostic("debug", "outputs in plain text"));
        assert.deepEqual(told, ["look at what there is: watching for 6 s"]);
        assert.deepEqual(progress.said, []);
    });

    it("keeps warnings and errors for the end, without the engine's prefix", () => {
        const progress = begin();
        progress.see(diagnostic("warning", "warning: a stays accepted\n"));
        progress.see(diagnostic("error", "error: b is refused\n"));
        assert.deepEqual(progress.said, [
            { severity: "warning", message: "a stays accepted" },
            { severity: "error", message: "b is refused" },
        ]);
    });

    it("counts where there are many", () => {
        const many = Array.from({ length: 5 }, (_, index) =>
            step("update", "Sender$kubernetes:core/v1:Secret", `sender-${index}`),
        );
        const progress = begin({ steps: many });
        const told: string[] = [];
        const senders = progress.stages.find(({ title }) => title === "hand b to senders");
        assert.ok(senders);
        senders.report = (state) => told.push(state);
        for (const one of many) progress.see(report("resOutputsEvent", one));
        assert.deepEqual(
            told,
            [1, 2, 3, 4].map((done) => `written, ${done} of 5`),
        );
    });

    it("fails what is left when the update does, and ends it else", async () => {
        const [failing, ending] = [begin(), begin()];
        failing.close(new Error("the disk is full"));
        await assert.rejects(failing.stages[0]?.ended ?? Promise.resolve(), /the disk is full/);
        ending.close();
        assert.deepEqual(await ended(ending.stages), TITLES);
    });
});
