import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyCluster, verifyState } from "../../../commands/verify/atRest.ts";
import { LocalCluster } from "../../support/localCluster.ts";

const NEXT = "pulumi stack change-secrets-provider <provider>, then npm run rotate";

describe("verifyState", () => {
    const state = "the state keeps the credentials encrypted";
    const passphrase = { secrets_providers: { type: "passphrase" } };
    let directory: string;
    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "passphrase-"));
    });
    after(() => rm(directory, { recursive: true }));
    const judged = async (environment: Readonly<Record<string, string>>, encryption = passphrase) =>
        (await verifyState(encryption, environment)).warning;

    it("finds nothing where a provider encrypts it, or a passphrase that is one", async () => {
        const [type, environment] = ["cloud", { PULUMI_CONFIG_PASSPHRASE: "" }];
        const found = await verifyState({ secrets_providers: { type } }, environment);
        assert.deepEqual(found, { what: state, fault: undefined, warning: undefined });
        const file = join(directory, "passphrase");
        await writeFile(file, "correct horse\n");
        assert.equal(await judged({ PULUMI_CONFIG_PASSPHRASE: "correct horse" }), undefined);
        assert.equal(await judged({ PULUMI_CONFIG_PASSPHRASE_FILE: file }), undefined);
        assert.equal(await judged({}), undefined); // the engine asks for it
    });

    it("warns of an empty passphrase, and of an empty file of one", async () => {
        const warning = `its passphrase is empty, so that everybody opens it: ${NEXT}`;
        const file = join(directory, "empty");
        await writeFile(file, "\n");
        assert.equal(await judged({ PULUMI_CONFIG_PASSPHRASE: "" }), warning);
        assert.equal(await judged({ PULUMI_CONFIG_PASSPHRASE_FILE: file }), warning);
    });

    it("warns of a state without a provider", async () => {
        for (const encryption of [{}, { secrets_providers: {} }]) {
            const { warning } = await verifyState(encryption, {});
            assert.equal(warning, `it has no secrets provider: ${NEXT}`);
        }
    });
});

describe("verifyCluster", () => {
    const what = "the cluster encrypts Secrets before it stores them";
    const cluster = new LocalCluster();
    before(() => cluster.start());
    after(() => cluster.stop());
    const encrypting = ["kube-apiserver", "--encryption-provider-config=/etc/kubernetes/enc.yaml"];

    it("says nothing where no API server is a pod, or where that may not be read", async () => {
        assert.deepEqual(await verifyCluster(undefined), []);
        cluster.apiServers = [encrypting];
        cluster.status = 403;
        assert.deepEqual(await verifyCluster(undefined), []);
        cluster.status = undefined;
    });

    it("finds a cluster that encrypts them", async () => {
        assert.deepEqual(await verifyCluster(undefined), [{ what, fault: undefined }]);
    });

    it("warns of one of which an API server does not", async () => {
        cluster.apiServers = [encrypting, ["kube-apiserver", "--secure-port=6443"]];
        const warning =
            "kube-apiserver is started without --encryption-provider-config, so that a copy of etcd has every credential: " +
            "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/";
        assert.deepEqual(await verifyCluster(undefined), [{ what, fault: undefined, warning }]);
    });
});
