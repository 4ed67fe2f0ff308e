// What npm run access prints is judged by a real API server, and by updates that may do nothing else.
import assert from "node:assert/strict";
import { execa } from "execa";
import {
    CONFIGURATION,
    RECEIVER_SECRET,
    SENDER_SECRET,
    useSandbox,
} from "../../support/fixture.ts";

const DEPLOYER = "deployer"; // the sandbox's, and the name of the Role that it has there
const READER = "collector";
const EXTRA = "extra-write-credential";

describe("npm run access", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const kubectl = async (...args: readonly string[]) => {
        const { cluster, tools } = stage.sandbox;
        const where = ["--kubeconfig", cluster.adminKubeconfig, "--namespace", cluster.namespace];
        return execa(tools.kubectl.path, [...where, ...args], { reject: false, all: true });
    };
    const bind = (subjects: readonly object[]) =>
        kubectl(
            ...["patch", "rolebinding", DEPLOYER, "--type=merge"],
            ...["--patch", JSON.stringify({ subjects })],
        );
    const print = (...args: readonly string[]) =>
        stage.deployment.command("access", "--deployer", `User:${DEPLOYER}`, ...args);
    const apply = async () => {
        const { exitCode, output } = await print("--reader", `prometheus=${READER}`);
        assert.equal(exitCode, 0, output);
        const { cluster, tools } = stage.sandbox;
        const args = ["--kubeconfig", cluster.adminKubeconfig, "apply", "-f", "-"];
        await execa(tools.kubectl.path, args, { input: output });
    };
    /** Which of `<verb> <resource>` somebody may. */
    const allowed = async (who: string, asked: readonly string[]) => {
        const answers = await Promise.all(
            asked.map(async (one) => {
                const { stdout } = await kubectl("auth", "can-i", ...one.split(" "), "--as", who);
                assert.match(stdout, /^(yes|no)/, one);
                return stdout.startsWith("yes") ? [one] : [];
            }),
        );
        return answers.flat();
    };
    before(async () => {
        await apply();
        await bind([]);
    });
    after(() => bind([{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: DEPLOYER }]));

    it("lets a deployer write the objects of the stack, and no other, nor list any", async () => {
        const verbs = ["get", "create", "patch", "delete"];
        const others = ["update", "list", "watch", "deletecollection"];
        const own = [
            `secrets/${SENDER_SECRET}`,
            `secrets/${RECEIVER_SECRET}`,
            `configmaps/${CONFIGURATION}`,
        ];
        const foreign = ["secrets/other", `secrets/${CONFIGURATION}`, "configmaps/other"];
        const all = ["secrets", "configmaps"];
        const expected = own.flatMap((one) => verbs.map((verb) => `${verb} ${one}`));
        const events = ["list events", "watch events"];
        const asked = [
            ...own.flatMap((one) => [...verbs, ...others].map((verb) => `${verb} ${one}`)),
            ...foreign.flatMap((one) => verbs.map((verb) => `${verb} ${one}`)),
            ...all.flatMap((one) => [...verbs, ...others].map((verb) => `${verb} ${one}`)),
            ...events,
            ...["get pods", "create roles", "create pods/exec", "get events"],
            ...verbs.map((verb) => `${verb} secrets/${SENDER_SECRET} -n default`),
        ];
        assert.deepEqual(await allowed(DEPLOYER, asked), [...expected, ...events]);
    });

    it("lets a reader get one Secret, and nothing else", async () => {
        const { namespace } = stage.sandbox.cluster;
        const verbs = ["get", "list", "watch", "create", "update", "patch", "delete"];
        const objects = [
            ...[`secrets/${SENDER_SECRET}`, `secrets/${RECEIVER_SECRET}`, "secrets"],
            ...[`configmaps/${CONFIGURATION}`, "events"],
        ];
        const asked = objects.flatMap((one) => verbs.map((verb) => `${verb} ${one}`));
        assert.deepEqual(await allowed(`system:serviceaccount:${namespace}:${READER}`, asked), [
            `get secrets/${SENDER_SECRET}`,
        ]);
    });

    it("is enough to rotate, and to make again what somebody deleted", async () => {
        await stage.deployment.rotateTo(stage.newLabel());
        await kubectl("delete", `secret/${SENDER_SECRET}`, `configmap/${CONFIGURATION}`);
        const { output } = await stage.deployment.up();
        assert.doesNotMatch(output, /forbidden/);
        assert.notEqual(await stage.senderToken(), "");
    });

    it("is enough for a sender that comes, once it is printed anew, and for one that goes", async () => {
        const { deployment, sandbox } = stage;
        const { namespace } = sandbox.cluster;
        const keys = { token: "api-key" };
        const extra = { name: "extra", kind: "secret", namespace, keys };
        await deployment.configured({ "senders.1": extra }, async () => {
            const { exitCode, output } = await deployment.tryUp();
            assert.notEqual(exitCode, 0);
            assert.match(
                output,
                /whether Secret \S+\/extra-write-credential is there already \(403\)/,
            );
            await apply();
            await deployment.up();
        });
        assert.ok((await stage.secret(EXTRA)).files["api-key"]);
        await apply(); // what is recorded may still be deleted
        const { output } = await deployment.up();
        assert.doesNotMatch(output, /forbidden/); // nor does it ask for more, and go on without
        await assert.rejects(stage.secret(EXTRA), /not found/);
    });

    it("refuses whom nobody can be, in a line", async () => {
        const nobody = await print("--deployer", "pulumi");
        const other = await print("--reader", "other=collector");
        assert.deepEqual(
            [nobody, other].map(({ output }) => output.trim()),
            [
                "error: --deployer must be User:<name>, Group:<name> or ServiceAccount:<namespace>/<name>, got pulumi",
                "error: --reader must name a sender or receiver (vmauth, prometheus), got other",
            ],
        );
    });
});
