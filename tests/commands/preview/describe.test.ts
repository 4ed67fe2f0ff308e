import assert from "node:assert/strict";
import type { Asked, Diagnostic, Step } from "../../../commands/preview/ask.ts";
import { describePreview, type Preview } from "../../../commands/preview/describe.ts";
import { renderMarkdown, renderText } from "../../../commands/preview/render.ts";
import { outlookOf } from "../../../rotation/outlook.ts";
import type { RecordedUse } from "../../../rotation/recordedUse.ts";
import { step } from "../../support/previewedStep.ts";
import { planRotation } from "../../../rotation/plan.ts";

const GOAL = {
    senders: [{ name: "edge" }, { name: "agent" }],
    receivers: [{ name: "central" }],
    retired: [],
    projectionLimitSeconds: 300,
};

/** A stack with a finished rotation, the newest label first. */
function finished(...accepted: readonly string[]): RecordedUse {
    const [current = ""] = accepted;
    const secret = { current, accepted, revision: 2 };
    return {
        senders: { edge: secret, agent: secret },
        receivers: { central: secret },
        kept: accepted,
        values: Object.fromEntries(accepted.map((label) => [label, `value of ${label}`])),
        labels: accepted.toReversed(),
        ...{ refused: [], adoptions: {}, paths: {} },
        record: { generation: current, accepted, retired: [], revision: 2 },
        proven: 2,
    };
}

const NEW: RecordedUse = {
    ...finished(),
    ...{ senders: {}, receivers: {}, record: undefined, proven: undefined },
};

const STORED = [
    step("same", "Sender", "edge"),
    step("same", "Sender$kubernetes:core/v1:ConfigMap", "edge-configuration"),
];
/** What any rotation writes, with the engine's steps of replacing. */
const ROTATING = [
    step("create", "WriteCredential$random:index/randomPassword:RandomPassword", "write-c"),
    step("create-replacement", "CredentialMirror$pulumi:index:Stash", "mirror-sealed"),
    step("replace", "CredentialMirror$pulumi:index:Stash", "mirror-sealed"),
    step("delete-replaced", "CredentialMirror$pulumi:index:Stash", "mirror-sealed"),
    step("update", "CredentialMirror$github:index/repositoryFile:RepositoryFile", "mirror"),
    step("update", "Receiver$kubernetes:core/v1:Secret", "central"),
    step("update", "Sender$kubernetes:core/v1:Secret", "edge"),
    step("replace", "RotationRecord$pulumi:index:Stash", "record-stash"),
];
const CONFIG_MAP = step("update", "Sender$kubernetes:core/v1:ConfigMap", "edge-configuration", {
    metadata: { namespace: "monitoring", name: "edge-configuration" },
    properties: ["data.prometheus.yml"],
});

interface Told {
    readonly goal: Partial<Parameters<typeof outlookOf>[0]> & { readonly rotation: string };
    readonly recorded: RecordedUse;
    readonly unused?: readonly string[];
    readonly steps?: readonly Step[];
    readonly diagnostics?: readonly Diagnostic[];
}

/** What the engine and the program would say. */
function asked({ goal, recorded, unused, steps = ROTATING, diagnostics = [] }: Told): Asked {
    const whole = { ...GOAL, ...goal };
    const plan = planRotation(whole, recorded, unused);
    const rotates = plan.revision !== recorded.record?.revision;
    return { exitCode: 0, outlook: outlookOf(whole, recorded, plan, rotates), steps, diagnostics };
}

const NOTHING_ELSE = { others: [], warnings: [], errors: [] };
const gate = (label: string) =>
    `the gate asks each receiver (central) until it accepts ${label}, 300 s at most, and refuses a made-up one`;
const end = (label: string) =>
    `at the end it asks each receiver (central) until it refuses ${label}, 300 s at most`;
const switching = (from: string, to: string) =>
    ["edge", "agent"].map((name) => ({
        name,
        what: `switches from ${from} to ${to}, once every receiver is proven to accept it`,
    }));
const made = "is made, and sealed into the mirror before anybody gets it";
const leakedReason = { leaked: "b", reason: "in a log" };

/** By what happens: what is told, and what is said of it. */
const CASES: Readonly<Record<string, readonly [Told, Omit<Preview, "changes">]>> = {
    "a first deployment": [
        { goal: { rotation: "a" }, recorded: NEW },
        {
            summary: "The first deployment, with a.",
            generations: [{ name: "a", what: made }],
            senders: ["edge", "agent"].map((name) => ({ name, what: "gets a" })),
            waits: [gate("a")],
            ...NOTHING_ELSE,
        },
    ],
    "a bump": [
        { goal: { rotation: "c" }, recorded: finished("b", "a"), unused: ["a"] },
        {
            summary: "Rotates from b to c.",
            generations: [
                { name: "c", what: made },
                { name: "b", what: "stays accepted, as senders use it" },
                { name: "a", what: "is dropped, if nobody uses it" },
            ],
            senders: switching("b", "c"),
            waits: [gate("c")],
            ...NOTHING_ELSE,
        },
    ],
    "a jump to a label made before and never used": [
        {
            goal: { rotation: "c" },
            recorded: { ...finished("b"), kept: ["b", "c"], labels: ["b", "c"] },
        },
        {
            summary: "Goes on with c, after b.",
            generations: [
                { name: "c", what: "is there already: nothing is generated" },
                { name: "b", what: "stays accepted, as senders use it" },
            ],
            senders: switching("b", "c"),
            waits: [gate("c")],
            ...NOTHING_ELSE,
        },
    ],
    "a jump over a rotation that did not finish": [
        {
            goal: { rotation: "d" },
            recorded: {
                ...finished("b"),
                senders: {
                    edge: { current: "c", accepted: ["c", "b"], revision: 3 },
                    agent: { current: "b", accepted: ["b"], revision: 2 },
                },
                receivers: { central: { current: "c", accepted: ["c", "b"], revision: 3 } },
                ...{ kept: ["b", "c"], labels: ["b", "c"] },
            },
        },
        {
            summary: "Rotates from b to d.",
            generations: [
                { name: "d", what: made },
                { name: "c", what: "stays accepted, as senders use it" },
                { name: "b", what: "stays accepted, as senders use it" },
            ],
            senders: [...switching("c", "d").slice(0, 1), ...switching("b", "d").slice(1)],
            waits: [gate("d")],
            ...NOTHING_ELSE,
        },
    ],
    "going back": [
        { goal: { rotation: "a" }, recorded: finished("b", "a") },
        {
            summary: "Goes back from b to a: nothing is generated.",
            generations: [
                { name: "a", what: "is there already: nothing is generated" },
                { name: "b", what: "stays accepted, as senders use it" },
            ],
            senders: switching("b", "a"),
            waits: [gate("a")],
            ...NOTHING_ELSE,
        },
    ],
    "a retirement": [
        {
            goal: { rotation: "b", retired: ["a"] },
            recorded: finished("b", "a"),
            diagnostics: [
                {
                    severity: "info",
                    message: "pulumi up watches for 120 s whether anybody uses a\n",
                },
            ],
        },
        {
            summary: "Has receivers refuse a for good; b stays current.",
            generations: [
                { name: "b", what: "stays current" },
                { name: "a", what: "is refused from now on, if nobody uses it" },
            ],
            senders: [],
            waits: ["pulumi up watches for 120 s whether anybody uses a", gate("b"), end("a")],
            ...NOTHING_ELSE,
        },
    ],
    "an emergency": [
        { goal: { rotation: "c", emergency: leakedReason }, recorded: finished("b", "a") },
        {
            summary: "Rotates from b to c.",
            generations: [
                { name: "c", what: made },
                { name: "a", what: "stays accepted" },
                {
                    name: "b",
                    what: "has leaked (in a log): it is refused once receivers accept the new one, by the next update",
                },
            ],
            senders: switching("b", "c"),
            waits: [gate("c")],
            ...NOTHING_ELSE,
        },
    ],
    "the end of an emergency": [
        { goal: { rotation: "c", emergency: leakedReason }, recorded: finished("c", "b") },
        {
            summary: "Has receivers refuse b for good; c stays current.",
            generations: [
                { name: "c", what: "stays current" },
                { name: "b", what: "is refused, whoever uses it: in a log" },
            ],
            senders: [],
            waits: [gate("c"), end("b")],
            ...NOTHING_ELSE,
        },
    ],
    "a URL that changes, with what the program warns of": [
        {
            goal: { rotation: "b" },
            recorded: finished("b", "a"),
            steps: [CONFIG_MAP],
            diagnostics: [
                { severity: "warning", message: "warning: sender edge restarts its queue" },
            ],
        },
        {
            summary: "No rotation: b stays current.",
            generations: [
                { name: "b", what: "stays current" },
                { name: "a", what: "stays accepted" },
            ],
            senders: [],
            waits: [],
            others: [
                {
                    name: "ConfigMap monitoring/edge-configuration",
                    what: "changes: data.prometheus.yml",
                },
            ],
            warnings: ["sender edge restarts its queue"],
            errors: [],
        },
    ],
    "a path that changes, which is proven with every Secret": [
        {
            goal: { rotation: "b", receivers: [{ name: "central", path: "/new" }] },
            recorded: { ...finished("b", "a"), paths: { central: { open: ["/old"] } } },
            steps: [...ROTATING, CONFIG_MAP],
        },
        {
            summary: "Writes and proves every Secret anew; b stays current.",
            generations: [
                { name: "b", what: "stays current" },
                { name: "a", what: "stays accepted" },
            ],
            senders: [],
            waits: [gate("b")],
            others: [
                {
                    name: "ConfigMap monitoring/edge-configuration",
                    what: "changes: data.prometheus.yml",
                },
            ],
            ...{ warnings: [], errors: [] },
        },
    ],
    "no change": [
        { goal: { rotation: "b" }, recorded: finished("b", "a"), steps: STORED },
        {
            summary: "Nothing changes: b stays current.",
            generations: [
                { name: "b", what: "stays current" },
                { name: "a", what: "stays accepted" },
            ],
            ...{ senders: [], waits: [] },
            ...NOTHING_ELSE,
        },
    ],
};

describe("describePreview", () => {
    for (const [what, [told, expected]] of Object.entries(CASES)) {
        it(`says what comes of ${what}`, () => {
            const { changes, ...preview } = describePreview(asked(told));
            assert.deepEqual(preview, expected);
            const { steps = ROTATING } = told;
            const same = steps.filter(({ op }) => op === "same");
            assert.equal(changes, new Set(steps.map(({ urn }) => urn)).size - same.length);
        });
    }

    it("names what changes beside a rotation, and not what a rotation writes", () => {
        const steps = [...ROTATING, CONFIG_MAP];
        const told = asked({ goal: { rotation: "c" }, recorded: finished("b", "a"), steps });
        const { others } = describePreview(told);
        assert.deepEqual(
            others.map(({ name }) => name),
            ["ConfigMap monitoring/edge-configuration"],
        );
    });

    it("names a Secret that changes without a rotation", () => {
        const steps = ROTATING.filter(({ urn }) => urn.includes("Receiver"));
        const told = asked({ goal: { rotation: "b" }, recorded: finished("b", "a"), steps });
        const { others } = describePreview(told);
        assert.deepEqual(others, [{ name: "Secret central", what: "changes" }]);
    });

    it("says why it is refused, and nothing of what would not happen", () => {
        const refused = {
            exitCode: 255,
            outlook: undefined,
            steps: [],
            diagnostics: [
                { severity: "error", message: "error: rotation names x: take a new label\n" },
            ],
        };
        assert.deepEqual(describePreview(refused), {
            summary: "The update is refused: nothing would change.",
            ...{ generations: [], senders: [], waits: [], others: [], warnings: [], changes: 0 },
            errors: ["rotation names x: take a new label"],
        });
    });
});

describe("a preview, rendered", () => {
    const preview: Preview = {
        summary: "Rotates from b to c.",
        generations: [{ name: "c", what: "is made" }],
        senders: [{ name: "edge", what: "switches" }],
        waits: ["the gate asks"],
        others: [],
        warnings: ["a <b> of *somebody*\u001b[31m"],
        errors: [],
        changes: 6,
    };

    it("is a column of names at a terminal, without what has no line", () => {
        assert.equal(
            renderText(preview),
            [
                "Rotates from b to c.\n",
                "Generations\n  c     is made\n",
                "Senders\n  edge  switches\n",
                "Waits\n  the gate asks\n",
                "Warnings\n  a <b> of *somebody*\\u001b[31m",
            ].join("\n"),
        );
    });

    it("is a list in a comment, in which nothing of it is markup", () => {
        assert.equal(
            renderMarkdown(preview),
            [
                "**Rotates from b to c.**\n",
                "**Generations**\n\n- `c` is made\n",
                "**Senders**\n\n- `edge` switches\n",
                "**Waits**\n\n- the gate asks\n",
                "**Warnings**\n\n- a \\<b\\> of \\*somebody\\*\\\\u001b\\[31m",
            ].join("\n"),
        );
    });
});
