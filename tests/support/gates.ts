import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type ConclusionArgs, conclusion } from "../../update/conclusion.ts";
import { Gate, type GateArgs } from "../../update/gate.ts";
import type { Generation } from "../../rotation/generation.ts";
import type { Proof } from "../../rotation/record.ts";
import { run } from "./mocks.ts";
import { NOTHING } from "./fleet.ts";

/** The value of the generation that a gate proves. */
export const TOKEN = "the-token-that-must-not-be-told";

/** A gate for generation 2027, while senders use 2026. */
export function makeGate(args: Partial<GateArgs> = {}): Gate {
    return new Gate({
        receivers: [],
        plan: { current: "2027", accepted: ["2027", "2026"] },
        generation: pulumi.secret({ label: "2027", value: TOKEN }),
        recorded: {
            ...NOTHING,
            senders: { agent: { current: "2026", accepted: ["2026"], revision: 1 } },
        },
        projectionLimitSeconds: 1,
        ...args,
    });
}

/** What came of the hooks of a gate. */
export interface Passage {
    readonly outcomes: readonly PromiseSettledResult<void>[];
    readonly proofs: readonly Proof[];
    readonly said: readonly string[];
}

/**
 * What becomes of the senders' Secrets: of the creation of one each, then of the update of one
 * each.
 */
export function pass(args: Partial<GateArgs>, senders = ["agent"]): Promise<Passage> {
    return callAll(args, (gate) => {
        const bindings = senders.map((sender) => bind(sender, gate.hooks(sender)));
        const created = bindings.flatMap(({ beforeCreate = [] }) => beforeCreate);
        const updated = bindings.flatMap(({ beforeUpdate = [] }) => beforeUpdate);
        return [...created, ...updated];
    });
}

/** What becomes of the record. */
export function conclude(
    args: Partial<GateArgs & Pick<ConclusionArgs, "onProven">>,
    retired: readonly Generation[],
): Promise<Passage> {
    return callAll(args, () => {
        const generation = pulumi.secret({ label: "2027", value: TOKEN });
        const given = { receivers: [], generation, projectionLimitSeconds: 1, ...args };
        const hooks = conclusion({ ...given, retired: pulumi.secret([...retired]) });
        return bind("record", hooks).beforeCreate ?? [];
    });
}

/** Hooks bound to a resource: those of none are not registered by the time the run ends. */
export function bind(name: string, hooks: pulumi.ResourceHookBinding): pulumi.ResourceHookBinding {
    new pulumi.Stash(name, { input: "" }, { hooks });
    return hooks;
}

type Hook = pulumi.ResourceHook | pulumi.ResourceHookFunction;

async function callAll(
    args: Partial<GateArgs>,
    hooksOf: (gate: Gate) => readonly Hook[],
): Promise<Passage> {
    const { result, said } = await run({}, async () => {
        const gate = makeGate(args);
        const outcomes = await Promise.allSettled(hooksOf(gate).map(call));
        return { outcomes, proofs: gate.proofs };
    });
    return { ...result, said };
}

async function call(hook: Hook): Promise<void> {
    assert.ok(pulumi.ResourceHook.isInstance(hook));
    await hook.callback({ urn: "", id: "", name: "", type: "" });
}
