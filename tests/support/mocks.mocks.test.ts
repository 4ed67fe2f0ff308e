import assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { run } from "./mocks.ts";
import { leaks } from "./leaks.ts";

const VALUE = "0123456789abcdef0123456789abcdef";

/** A ConfigMap, which nobody takes for a secret. */
function configMap(data: pulumi.Input<Record<string, pulumi.Input<string>>>): () => void {
    return () => {
        new kubernetes.core.v1.ConfigMap("told", { data });
    };
}

describe("run", () => {
    it("refuses a type of resource it does not know", async () => {
        class Queue extends pulumi.CustomResource {}
        await assert.rejects(
            run({}, () => new Queue("aws:sqs/queue:Queue", "queue")),
            {
                message:
                    "failed to register new resource queue [aws:sqs/queue:Queue]: " +
                    "unknown resource type aws:sqs/queue:Queue",
            },
        );
    });

    it("refuses a call it does not know", async () => {
        const token = "pulumi:pulumi:getState";
        await assert.rejects(
            run({}, () => pulumi.runtime.invoke(token, {})),
            {
                message: "unknown call pulumi:pulumi:getState {}",
            },
        );
    });

    it("refuses to tell of another stack", async () => {
        const token = "pulumi:pulumi:readStackResourceOutputs";
        await assert.rejects(
            run({}, () => pulumi.runtime.invoke(token, { stackName: "organization/other/dev" })),
            { message: `unknown call ${token} {"stackName":"organization/other/dev"}` },
        );
    });

    it("rejects with the error of an output that a resource waits for", async () => {
        const failing = pulumi.output("").apply((): string => {
            throw new Error("not to be had");
        });
        await assert.rejects(run({}, configMap({ text: failing })), {
            message: 'error serializing property "data": not to be had',
        });
    });
});

describe("run, of what is said", () => {
    const program = (): void => {
        void pulumi.log.info("look");
        void pulumi.log.warn("two\nlines");
    };

    it("keeps it in order, of a run that fails too", async () => {
        const expected = ["info: look", "warning: two\nlines"];
        assert.deepEqual((await run({}, program)).said, expected);
        const said: string[] = [];
        const failing = (): never => {
            program();
            throw new Error("no more");
        };
        await assert.rejects(run({ said }, failing), { message: "no more" });
        assert.deepEqual(said, expected);
    });

    it("gives the console back", async () => {
        const { log, warn } = console;
        await run({}, program);
        assert.deepEqual([console.log, console.warn], [log, warn]);
    });
});

describe("leaks", () => {
    const id = "kubernetes:core/v1:ConfigMap told";
    const encode = (text: string): string => Buffer.from(text).toString("base64");
    const told: Readonly<Record<string, Record<string, string>>> = {
        "as it is": { text: VALUE },
        "inside a text": { text: `token: ${VALUE}\n` },
        "in a key": { [VALUE]: "" },
        "as base64": { text: encode(VALUE) },
        "as base64 after one character": { text: encode(`"${VALUE}"`) },
        "as base64 after two characters": { text: encode(`: ${VALUE}\n`) },
        "as base64 after three characters": { text: encode(`to ${VALUE} etc.`) },
    };
    for (const [how, data] of Object.entries(told)) {
        it(`finds a value ${how}`, async () => {
            assert.deepEqual(leaks(await run({}, configMap(data)), [VALUE]), [id]);
        });
    }

    it("finds a value in a trigger", async () => {
        const program = (): void => {
            new pulumi.Stash("told", { input: "" }, { replacementTrigger: VALUE });
        };
        assert.deepEqual(leaks(await run({}, program), [VALUE]), ["pulumi:index:Stash told"]);
    });

    it("finds a value in a name", async () => {
        const program = (): void => {
            new pulumi.Stash(VALUE, { input: "" });
        };
        assert.deepEqual(leaks(await run({}, program), [VALUE]), [`pulumi:index:Stash ${VALUE}`]);
    });

    it("finds a value in the outputs of a component", async () => {
        class Told extends pulumi.ComponentResource {
            constructor() {
                super("prometheus-write-secret:index:Told", "told");
                this.registerOutputs({ text: VALUE });
            }
        }
        assert.deepEqual(leaks(await run({}, () => new Told()), [VALUE]), ["outputs"]);
    });

    it("lets a secret be", async () => {
        const data = { text: pulumi.secret(VALUE), other: "plain" };
        assert.deepEqual(leaks(await run({}, configMap(data)), [VALUE]), []);
    });
});
