import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { Asked } from "../preview/ask.ts";
import { textOf } from "../preview/describe.ts";
import { isChange } from "../preview/objects.ts";
import { partsOfUrn } from "../urn.ts";

/** The stages an update may have, in their order. */
const STAGES = [
    "look",
    "generation",
    "mirror",
    "receivers",
    "gate",
    "senders",
    "record",
    "others",
    "removal",
] as const;

type Name = (typeof STAGES)[number];

/** To which stage what a component of ours holds belongs. */
const COMPONENTS: Readonly<Record<string, Name>> = {
    WriteCredential: "generation",
    CredentialMirror: "mirror",
    MirrorRepository: "mirror",
    ExternalReceiver: "receivers",
    Receiver: "receivers",
    SecretsManager: "senders",
    Sender: "senders",
    RotationRecord: "record",
};

const FEW = 3; // objects that are written while one looks

/** A part of an update that is followed as one. */
export class Stage {
    readonly title: string;
    /** Settled when its last object is written, or the update ends before. */
    readonly ended: Promise<void>;
    /** Told what it is at. Set by whoever shows it. */
    report: (state: string) => void = () => undefined;
    readonly #left: Set<string>;
    readonly #all: number;
    readonly #end: PromiseWithResolvers<void>;

    /** @param urns What is to change in it. */
    constructor(title: string, urns: Iterable<string> = []) {
        this.title = title;
        this.#left = new Set(urns);
        this.#all = this.#left.size;
        this.#end = Promise.withResolvers();
        this.ended = this.#end.promise;
        this.ended.catch(() => undefined); // one that nobody has begun to show
    }

    /** Takes note that one of its objects is written. */
    write(urn: string): void {
        if (!this.#left.delete(urn)) return;
        if (this.#left.size === 0) this.end();
        else if (this.#all > FEW) {
            this.report(`written, ${this.#all - this.#left.size} of ${this.#all}`);
        }
    }

    end(): void {
        this.#end.resolve();
    }

    fail(error: Error): void {
        this.#end.reject(error);
    }
}

/** An update as people follow it: its stages, told by what the engine reports. */
export class Progress {
    readonly stages: readonly Stage[];
    /** What the engine said is wrong, and what it warned of, in its order. */
    readonly said: { readonly severity: string; readonly message: string }[] = [];
    readonly #byName: ReadonlyMap<Name, Stage>;
    /** Those that have not ended. */
    readonly #open: Set<Stage>;

    /** @param asked What a preview says that the update will change. */
    constructor(asked: Pick<Asked, "outlook" | "steps">) {
        this.#byName = new Map(stagesOf(asked));
        this.stages = [...this.#byName.values()];
        this.#open = new Set(this.stages);
        for (const stage of this.stages) {
            void stage.ended.finally(() => this.#open.delete(stage)).catch(() => undefined);
        }
    }

    see({ resourcePreEvent, resOutputsEvent, diagnosticEvent }: EngineEvent): void {
        if (resourcePreEvent && isChange(resourcePreEvent.metadata)) {
            this.#byName.get("look")?.end();
        }
        const written = resOutputsEvent?.metadata;
        if (written && isChange(written)) {
            const name = stageOf(written);
            if (name === "senders") this.#byName.get("gate")?.end(); // it stands before each
            this.#byName.get(name)?.write(written.urn);
        }
        if (diagnosticEvent) this.#hear(diagnosticEvent);
    }

    /** Ends what is left: done, or failed for this reason. */
    close(error?: Error): void {
        for (const stage of this.stages) {
            if (error) stage.fail(error);
            else stage.end();
        }
    }

    #hear({ severity, message }: { readonly severity: string; readonly message: string }): void {
        const text = textOf({ message });
        if (text === "" || severity === "debug") return;
        if (severity === "info" || severity === "info#err") {
            const [now] = this.#open;
            now?.report(text);
        } else {
            this.said.push({ severity, message: text });
        }
    }
}

function stageOf({ op, urn }: { readonly op: string; readonly urn: string }): Name {
    return op === "delete" ? "removal" : (COMPONENTS[partsOfUrn(urn).component] ?? "others");
}

/** The stages in which something happens. */
function stagesOf({
    outlook,
    steps,
}: Pick<Asked, "outlook" | "steps">): readonly (readonly [Name, Stage])[] {
    const urns = Map.groupBy(steps.filter(isChange), stageOf);
    const current = outlook?.current ?? "the generation";
    const titles: Readonly<Record<Name, string>> = {
        look: "look at what there is",
        generation: outlook?.made === true ? `make ${current}` : `keep account of generations`,
        mirror: "seal what is accepted into the mirror",
        receivers: "tell receivers what to accept",
        gate: `ask each receiver whether it accepts ${current}`,
        senders: `hand ${current} to senders`,
        record: "record it",
        others: "change other objects",
        removal: "remove what nobody uses any more",
    };
    const happens = (name: Name) =>
        name === "look" ||
        urns.has(name) ||
        (name === "gate" && urns.has("senders") && outlook?.rotates === true);
    return STAGES.filter(happens).map((name) => {
        const changed = (urns.get(name) ?? []).map(({ urn }) => urn);
        return [name, new Stage(titles[name], changed)] as const;
    });
}
