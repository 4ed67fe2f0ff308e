// What the program asks of AWS. What AWS and its plugin make of it:
// tests/holders/secretsManager.engine.test.ts.
import assert from "node:assert/strict";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { execa } from "execa";
import { keyPolicy, secretPolicy, trustPolicy, updatePolicy } from "../../holders/awsPolicies.ts";
import { readSealing } from "../../update/preflight/recipients.ts";
import { SECRETS_MANAGER } from "../../holders/secretsManager.ts";
import { LocalAws } from "../support/localAws.ts";
import { passwordOf, secret } from "../support/mocks.ts";
import { NOTHING, settingsOf } from "../support/fleet.ts";
import { find, recordOf, SECRET, Stack } from "../support/mockStack.ts";

const ACCOUNT = "123456789012";
const CALLER = `arn:aws:iam::${ACCOUNT}:user/ada`;
const READER = `arn:aws:iam::${ACCOUNT}:role/reader`;
const REGION = "eu-central-1";
const AWS = {
    region: REGION,
    secret: { readers: [READER] },
    ciRole: { repository: "owner/name", environment: "production" },
};
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion store-version";

describe("what is made on AWS", function () {
    this.timeout(60_000);
    const stack = new Stack();
    const aws = new LocalAws();
    before(async () => {
        await Promise.all([stack.start(), aws.start()]);
    });
    after(async () => {
        aws.stop();
        await stack.stop();
    });
    afterEach(() => {
        aws.secret = undefined;
    });

    it("is not taken over where it is there already", async () => {
        aws.secret = "prometheus-write-secret/dev";
        await assert.rejects(stack.update("2026", undefined, { aws: AWS }), {
            message:
                "prometheus-write-secret:senders: AWS Secrets Manager: secret prometheus-write-secret/dev of " +
                `Secrets Manager in ${REGION} is there already, and this stack did not make it: what it holds is ` +
                "not known. Restore the stack's state, or set adopted to the credential in use (docs/operating.md, Coming " +
                "from a credential made by hand), or give it another secret",
        });
    });

    it("is recorded with the senders, and rotates with them", async () => {
        const first = await stack.update("2026", undefined, { aws: AWS });
        assert.deepEqual(recordOf(first).senders, ["agent", "prometheus", SECRETS_MANAGER]);
        const again = await stack.update("2026", first, { aws: AWS });
        assert.equal(recordOf(again).revision, recordOf(first).revision);
    });

    it("keeps accepted what it still holds, when an update did not get to it", async () => {
        const first = await stack.update("2026", undefined, { aws: AWS });
        const second = await stack.update("2027", first, { aws: AWS });
        const version = Object.keys(first.recorded).find((urn) => urn.endsWith("::store-version"));
        const former = first.recorded[version ?? ""];
        assert.ok(version !== undefined && former);
        const recorded = { ...second.recorded, [version]: former };
        const third = await stack.update("2028", { ...second, recorded }, { aws: AWS });
        assert.deepEqual(recordOf(third).accepted, ["2028", "2027", "2026"]);
    });

    it("is a key, a secret with its policy and value, and the role of CI", async () => {
        const made = await stack.update("2026", undefined, { aws: AWS });
        const ids = made.resources.map(({ id }) => id).filter((id) => id.includes("aws:"));
        assert.deepEqual(ids.sort(), [
            "aws:iam/role:Role ci",
            "aws:iam/rolePolicy:RolePolicy ci-policy",
            "aws:kms/alias:Alias store-alias",
            "aws:kms/key:Key store-key",
            "aws:secretsmanager/secret:Secret store",
            "aws:secretsmanager/secretPolicy:SecretPolicy store-policy",
            VERSION,
        ]);
        const inputs = (id: string) => find(made, id).inputs as Record<string, unknown>;
        const policy = (id: string, key = "policy") =>
            JSON.parse(String(inputs(id)[key])) as unknown;
        assert.deepEqual(
            policy("aws:secretsmanager/secretPolicy:SecretPolicy store-policy"),
            secretPolicy([READER], [CALLER]),
        );
        assert.deepEqual(policy("aws:kms/key:Key store-key"), keyPolicy(ACCOUNT, REGION, [READER]));
        assert.deepEqual(
            policy("aws:iam/role:Role ci", "assumeRolePolicy"),
            trustPolicy(ACCOUNT, "owner/name", "production"),
        );
        const targets = { role: "arn:of:ci", secret: "arn:of:store", key: "arn:of:store-key" };
        assert.deepEqual(policy("aws:iam/rolePolicy:RolePolicy ci-policy"), updatePolicy(targets));
        assert.deepEqual(inputs("aws:secretsmanager/secret:Secret store"), {
            name: "prometheus-write-secret/dev",
            description: "What Prometheus pushes samples with",
            kmsKeyId: "arn:of:store-key",
            recoveryWindowInDays: 30,
            replicas: [],
        });
    });

    it("holds the current value, as a secret, behind the receivers and the gate", async () => {
        const made = await stack.update("2026", undefined, { aws: AWS });
        const version = find(made, VERSION);
        const value = passwordOf("write-2026");
        assert.deepEqual(version.inputs, {
            secretId: "arn:of:store",
            secretString: secret(JSON.stringify({ label: "2026", value })),
        });
        assert.ok(version.options["hooks"]);
        const order = made.resources.map(({ id }) => id);
        for (const receiver of ["east", "west"])
            assert.ok(order.indexOf(`${SECRET} ${receiver}`) < order.indexOf(VERSION));
    });

    it("waits for the gate: a receiver that does not accept the value holds it back", async () => {
        const asked: string[] = [];
        const first = await stack.update("2026", undefined, { aws: AWS });
        const changes = { aws: AWS, projectionLimitSeconds: 1 };
        const world = { callsHooks: true, asked };
        await assert.rejects(stack.update("2027", first, changes, world), {
            message: /receiver east does not accept generation 2027 within 1 s: it answered 401/,
        });
        assert.ok(asked.includes("aws:secretsmanager/secretPolicy:SecretPolicy store-policy"));
        assert.ok(!asked.includes(VERSION));
    });

    it("is not even loaded where nothing of AWS is configured", async () => {
        assert.equal(await loaded({}), "");
        assert.ok((await loaded({ aws: AWS })).split(",").includes("@pulumi/aws"));
    });
});

describe("aws.kmsRecipient", () => {
    const kmsRecipient = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/mirror`;
    const recorded = { ...NOTHING, labels: ["2026"] };
    const settingsWith = async (arn?: string) => {
        const settings = settingsOf();
        return {
            ...settings,
            rotation: "2026",
            recipients: [await identityToRecipient(await generateIdentity())],
            mirror: { ...settings.mirror, format: "sops" as const },
            ...(arn !== undefined && { aws: { region: REGION, kmsRecipient: arn } }),
        };
    };

    it("is one more who reads the mirror, sealed anew for it", async () => {
        const settings = await settingsWith(kmsRecipient);
        const sealing = await readSealing(settings, recorded);
        assert.deepEqual(sealing.readers, [...settings.recipients, kmsRecipient]);
        const { version } = await readSealing({ ...settings, aws: undefined }, recorded);
        assert.notEqual(sealing.version, version);
    });

    it("is refused to be dropped without a rotation", async () => {
        const remembered = { ...recorded, recipients: [kmsRecipient] };
        await assert.rejects(readSealing(await settingsWith(), remembered), {
            message: new RegExp(`recipients no longer lists ${kmsRecipient}, who can read 2026 in`),
        });
        await readSealing(await settingsWith(kmsRecipient), remembered);
    });

    it("is refused for a format without a data key", async () => {
        const stack = new Stack();
        await stack.start();
        const aws = { region: REGION, kmsRecipient };
        try {
            await assert.rejects(stack.update("2026", undefined, { aws }), {
                message:
                    /aws.kmsRecipient needs mirror.format: sops, as no other format has a data key that KMS can wrap$/,
            });
        } finally {
            await stack.stop();
        }
    });
});

/** Which libraries of AWS the program loads, run in a process of its own. */
async function loaded(changes: object): Promise<string> {
    const script = `
        import { createRequire } from "node:module";
        import { Stack } from "./tests/support/mockStack.ts";
        const stack = new Stack();
        await stack.start();
        await stack.update("2026", undefined, ${JSON.stringify(changes)});
        await stack.stop();
        const files = Object.keys(createRequire(import.meta.url).cache);
        const names = files.map((file) => /node_modules.(@pulumi.aws|@aws-sdk.[^/]+)/.exec(file)?.[1]);
        console.log([...new Set(names)].filter((name) => name !== undefined).join());
    `;
    const { stdout } = await execa("node", ["--input-type=module", "-e", script]);
    return stdout;
}
