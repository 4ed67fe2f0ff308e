// The credential on AWS, as moto emulates it. Where the official plugin cannot be had its stand-in
// makes the resources: then this proves what the program asks for and how Secrets Manager moves
// stages, not the official plugin's diffs.
import assert from "node:assert/strict";
import { join } from "node:path";
import {
    DeleteResourcePolicyCommand,
    DescribeSecretCommand,
    GetResourcePolicyCommand,
    GetSecretValueCommand,
    ListSecretVersionIdsCommand,
    SecretsManagerClient,
    UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { updatePolicy } from "../../holders/awsPolicies.ts";
import { type Moto, startMoto } from "../../sandbox/parts/moto.ts";
import { type CallRecorder, recordCalls } from "../support/callRecorder.ts";
import type { Deployment } from "../support/deployment.ts";
import { useSandbox } from "../support/fixture.ts";
import { Scanner } from "../support/scan.ts";

const REGION = "eu-central-1";
const READER = "arn:aws:iam::123456789012:role/reader";
const SECRET = "prometheus-write-secret/dev";

/** What the role of CI is allowed, but no call of an update is seen to need; with the reason. */
const NOT_SEEN: Readonly<Record<string, string>> = {
    "kms:Decrypt": "Secrets Manager calls it for whoever reads the value",
    "kms:GenerateDataKey": "Secrets Manager calls it for whoever writes the value",
    "secretsmanager:ListSecretVersionIds": "the official plugin looks a version up in the list",
    "secretsmanager:UpdateSecretVersionStage":
        "the official plugin takes stages other than AWSCURRENT from a version it replaces",
};

/**
 * What needs no permission:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html.
 */
const FREE = "sts:GetCallerIdentity";

describe("the store on AWS", function () {
    this.timeout(180_000);
    const stage = useSandbox();
    let moto: Moto;
    let recorder: CallRecorder;
    let deployment: Deployment;
    let client: SecretsManagerClient;
    let labels: readonly [string, string];
    let outputs: string;

    const stages = async () => {
        const read = async (VersionStage: string) => {
            const command = new GetSecretValueCommand({ SecretId: SECRET, VersionStage });
            const { SecretString = "" } = await client.send(command);
            return JSON.parse(SecretString) as { label: string; value: string };
        };
        return { current: await read("AWSCURRENT"), previous: await read("AWSPREVIOUS") };
    };

    before(async () => {
        const { sandbox } = stage;
        moto = await sandbox.start("moto", startMoto(join(sandbox.directory, "logs")));
        client = new SecretsManagerClient(moto.client);
        recorder = await sandbox.start("recorder", recordCalls(moto.url));
        deployment = stage.deployment.withEnvironment({
            ...moto.environment,
            AWS_ENDPOINT_URL: recorder.url,
        });
        const first = (await deployment.rotation()).current;
        await deployment.configure({
            aws: {
                region: REGION,
                secret: { readers: [READER], replicaRegions: ["eu-west-1"] },
                ciRole: { repository: "owner/name", environment: "production" },
            },
        });
        outputs = (await deployment.up()).output;
        labels = [first, stage.newLabel()];
        recorder.take(); // people make it, CI only updates it
        await deployment.rotateTo(labels[1]);
    });

    it("has the current generation as AWSCURRENT and the former as AWSPREVIOUS", async () => {
        const { current, previous } = await stages();
        assert.deepEqual([current.label, previous.label], [labels[1], labels[0]]);
        assert.equal(current.value, await stage.senderToken());
        assert.equal((await stage.acceptedTokens()).get(labels[0]), previous.value);
    });

    it("is not changed by a second update", async () => {
        const before = await stages();
        assert.equal((await deployment.up()).changes, 0);
        assert.deepEqual(await stages(), before);
    });

    it("moves AWSCURRENT back when the rotation goes back", async () => {
        const before = await stages();
        await deployment.rotateTo(labels[0]);
        assert.deepEqual(await stages(), { current: before.previous, previous: before.current });
    });

    it("called, to rotate, update and go back, what CI is allowed, and nothing else", () => {
        const { Statement } = updatePolicy({ role: READER, secret: SECRET, key: SECRET });
        const allowed = Statement.flatMap(({ Action }) => Action);
        const called = recorder.take().filter((call) => call !== FREE);
        assert.deepEqual([...called, ...Object.keys(NOT_SEEN)].sort(), [...allowed].sort());
    });

    it("mends what was removed by hand", async () => {
        const read = async () => {
            const command = new GetResourcePolicyCommand({ SecretId: SECRET });
            return (await client.send(command)).ResourcePolicy;
        };
        const before = await read();
        await client.send(new DeleteResourcePolicyCommand({ SecretId: SECRET }));
        assert.equal(await read(), undefined);
        await deployment.up();
        assert.equal(await read(), before);
    });

    it("lets nobody read it but the reader and who deploys", async () => {
        const { ResourcePolicy = "" } = await client.send(
            new GetResourcePolicyCommand({ SecretId: SECRET }),
        );
        const { Statement } = JSON.parse(ResourcePolicy) as {
            Statement: { Sid: string; Condition?: unknown }[];
        };
        assert.deepEqual(
            Statement.map(({ Sid }) => Sid),
            ["Readers", "NobodyElse", "OnlyTls"],
        );
    });

    it("leaves no credential in the state or in what pulumi prints", async () => {
        const { current, previous } = await stages();
        const known = new Map([
            [current.value, "current"],
            [previous.value, "previous"],
        ]);
        const { output } = await deployment.must("stack", "export");
        assert.deepEqual(
            new Scanner(known).find([
                ["state", output],
                ["output", outputs],
                ["printed", deployment.printed.join("\n")],
            ]),
            [],
        );
    });

    it("forgets the former value when people have it do so, which no update undoes", async () => {
        const { current } = await stages();
        const listing = new ListSecretVersionIdsCommand({ SecretId: SECRET });
        const { Versions = [] } = await client.send(listing);
        const former = Versions.find(({ VersionStages }) => VersionStages?.includes("AWSPREVIOUS"));
        await client.send(
            new UpdateSecretVersionStageCommand({
                SecretId: SECRET,
                VersionStage: "AWSPREVIOUS",
                RemoveFromVersionId: former?.VersionId,
            }),
        );
        assert.equal((await deployment.up()).changes, 0);
        await assert.rejects(stages(), { name: "ResourceNotFoundException" });
        const { SecretString = "" } = await client.send(
            new GetSecretValueCommand({ SecretId: SECRET }),
        );
        assert.deepEqual(JSON.parse(SecretString), current);
    });

    it("can be restored for 30 days once it is configured no more", async () => {
        await deployment.configure({ aws: undefined });
        await deployment.up();
        const { DeletedDate } = await client.send(new DescribeSecretCommand({ SecretId: SECRET }));
        const days = ((DeletedDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
        assert.equal(Math.round(days), 30);
    });
});
