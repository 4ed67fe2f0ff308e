import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument, stringify } from "yaml";
import { createEngine, type Engine } from "../runs/engine.ts";
import { configurationFile, initializeStack, STACK } from "../runs/stack.ts";
import { prepareState, PROJECT } from "../sandbox.ts";
import type { World } from "./world.ts";

/** What is measured side by side: nothing, the resources alone, and this program. */
export const SUBJECTS = ["empty", "floor", "program"] as const;
export type SubjectName = (typeof SUBJECTS)[number];

/** The generations a subject goes through, the first one first. */
const LABELS = ["2026-11-21", "2026-12-21", "2027-01-21"];

const NAMESPACE = "monitoring";
const SENDER_CONFIGURATION = join(PROJECT, "sandbox", "parts", "prometheus.yml");

/** A stack that is measured. */
export interface Subject {
    readonly name: SubjectName;
    readonly engine: Engine;
    /** Has the next update rotate. */
    rotate(): Promise<void>;
    checkpointBytes(): Promise<number>;
}

/** The engine takes a date without quotes for a time. */
const QUOTED = {
    lineWidth: 0,
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
} as const;

/** Where a subject is, and what it is configured with for the generations it uses, newest first. */
interface Kind {
    readonly project: string;
    readonly projectName: string;
    readonly configure: (world: World, generations: readonly string[]) => Record<string, unknown>;
}

const GITHUB = { "github:owner": "sandbox", "github:writeDelayMs": 1 };

const KINDS: Readonly<Record<SubjectName, Kind>> = {
    empty: {
        project: join(PROJECT, "sandbox", "bench", "empty"),
        projectName: "empty",
        configure: () => ({}),
    },
    floor: {
        project: join(PROJECT, "sandbox", "bench", "floor"),
        projectName: "floor",
        configure: (world, generations) => ({
            ...GITHUB,
            "floor:generations": generations,
            "floor:senders": senderNames(world),
            "floor:recipient": world.recipient,
            "floor:url": world.receiverUrl,
            "floor:upstream": world.upstream,
            "floor:configuration": SENDER_CONFIGURATION,
        }),
    },
    program: {
        project: PROJECT,
        projectName: "prometheus-write-secret",
        configure: (world, [rotation]) => ({
            ...GITHUB,
            ...prefixed({
                rotation,
                recipients: [world.recipient],
                mirror: { owner: "sandbox", repository: "prometheus-credentials" },
                receivers: [
                    {
                        name: "vmauth",
                        kind: "vmauth",
                        namespace: NAMESPACE,
                        url: world.receiverUrl,
                        upstream: world.upstream,
                        metricsUrls: [new URL("/metrics", world.receiverUrl).href],
                        queryUrl: new URL("/api/v1/query", world.receiverUrl).href,
                    },
                ],
                senders: senderNames(world).map((name) => ({
                    name,
                    kind: "prometheus",
                    namespace: NAMESPACE,
                    configuration: "sandbox/parts/prometheus.yml",
                    credentialsFile: "../write-credential/token",
                })),
                disuseSeconds: 1, // the least there is
            }),
        }),
    },
};

/** Makes a subject's stack, empty, in a directory of its own. */
export async function prepareSubject(world: World, name: SubjectName): Promise<Subject> {
    const kind = KINDS[name];
    const directory = join(world.directory, name);
    const file = configurationFile(directory);
    const state = await prepareState(world.directory, `-${name}`);
    const engine = createEngine({
        project: kind.project,
        pulumi: world.home.pulumi,
        temporary: join(directory, "tmp"),
        environment: {
            ...world.home.environment,
            ...world.environment,
            ...state,
            PULUMI_STACK: STACK,
            PULUMI_OPTION_CONFIG_FILE: file,
        },
    });
    const generations = LABELS.slice(0, 1);
    const config = kind.configure(world, generations);
    await initializeStack(engine, {
        project: kind.project,
        directory,
        text: stringify({ config }, QUOTED),
    });
    const rotate = async () => {
        generations.unshift(LABELS[LABELS.indexOf(generations[0] ?? "") + 1] ?? "");
        // As the program does: a rotation drops what was there before the last.
        generations.splice(2);
        await edit(file, kind.configure(world, generations));
    };
    const checkpointBytes = async () => {
        const url = new URL(state.PULUMI_BACKEND_URL ?? "");
        const stacks = join(url.pathname, ".pulumi", "stacks", kind.projectName);
        return (await stat(join(stacks, `${STACK}.json`))).size;
    };
    return { name, engine, rotate, checkpointBytes };
}

function prefixed(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(settings).map(([key, value]) => [`prometheus-write-secret:${key}`, value]),
    );
}

function senderNames({ senders }: World): readonly string[] {
    return Array.from(
        { length: senders },
        (_, index) => `sender-${String(index + 1).padStart(3, "0")}`,
    );
}

/** Sets every key anew and leaves what the engine wrote beside them: the passphrase's salt. */
async function edit(file: string, config: Readonly<Record<string, unknown>>): Promise<void> {
    const document = parseDocument(await readFile(file, "utf8"));
    for (const [key, value] of Object.entries(config)) document.setIn(["config", key], value);
    await writeFile(file, document.toString(QUOTED));
}
