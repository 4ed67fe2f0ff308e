// Objects that people emptied or broke: the refresh before an update records them as they are.
import assert from "node:assert/strict";
import { execa } from "execa";
import { mark } from "../support/deployment.ts";
import { CONFIGURATION, RECEIVER_SECRET, SENDER_SECRET, useSandbox } from "../support/fixture.ts";

const encode = (text: string) => Buffer.from(text).toString("base64");
const configMap = `configmap/${CONFIGURATION}`;
const receiver = `secret/${RECEIVER_SECRET}`;

const sender = `secret/${SENDER_SECRET}`;

function annotations(accepted: string, revision: string): object {
    const ours = { accepted, revision };
    const named = Object.entries(ours).map(
        ([key, text]) => [`prometheus-write-secret/${key}`, text] as const,
    );
    return { metadata: { annotations: Object.fromEntries(named) } };
}

/** What people do to an object, as `kubectl patch` takes it. */
const EDITS: Readonly<Record<string, readonly [object: string, patch: object]>> = {
    "a configuration that is gone": [configMap, { data: null }],
    "a configuration that is empty": [configMap, { data: { "prometheus.yml": "" } }],
    "a configuration that is no YAML": [configMap, { data: { "prometheus.yml": "a: [\n" } }],
    "a configuration of other things": [
        configMap,
        {
            data: {
                "prometheus.yml":
                    "remote_write: [null, 3, {name: [vmauth], basic_auth: x}]\nglobal: 3\n",
            },
        },
    ],
    "an auth.yml that cannot be read": [receiver, { data: { "auth.yml": encode("users: [") } }],
    "a receiver's Secret without data": [receiver, { data: null }],
    "annotations that say nothing of ours": [sender, annotations(",a b", "many")],
    "annotations that name a generation there never was": [sender, annotations("never", "1")],
};

describe("what people broke by hand", function () {
    this.timeout(300_000);
    const stage = useSandbox();

    /** What is in the objects, by marks. */
    const contents = async () => {
        const objects = await stage.objects();
        return objects.map(({ metadata, data }) => [metadata?.name, mark(data)]);
    };

    for (const [what, [object, patch]] of Object.entries(EDITS)) {
        it(`${what}, is seen in preview, and mended by the next update`, async () => {
            const { deployment, sandbox } = stage;
            const { adminKubeconfig, namespace } = sandbox.cluster;
            const before = await contents();
            const where = ["--kubeconfig", adminKubeconfig, "--namespace", namespace];
            const edit = ["patch", object, "--type=merge", "--patch", JSON.stringify(patch)];
            await execa(sandbox.tools.kubectl.path, [...where, ...edit]);
            assert.notEqual((await deployment.must("preview")).changes, 0);
            await deployment.up();
            assert.deepEqual(await contents(), before);
            assert.equal((await deployment.up()).changes, 0);
        });
    }
});
