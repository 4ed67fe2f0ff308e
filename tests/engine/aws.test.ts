// The credential on AWS, as moto emulates it. Where the official plugin cannot be had its stand-in makes the resources:
// then this proves what the program asks for and how Secrets Manager moves stages, not the official plugin's diffs.
import assert from "node:assert/strict";
import { join } from "node:path";
import {
    DescribeSecretCommand,
    GetResourcePolicyCommand,
    GetSecretValueCommand,
    SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { type Moto, startMoto } from "../../sandbox/moto.ts";
import { configurationFile } from "../../sandbox/stack.ts";
import { Deployment } from "./deployment.ts";
import { useSandbox } from "./fixture.ts";
import { Scanner } from "./scan.ts";

const REGION = "eu-central-1";
const READER = "arn:aws:iam::123456789012:role/reader";
const SECRET = "prometheus-write-secret/dev";

describe("the store on AWS", function () {
    this.timeout(180_000);
    const stage = useSandbox();
    let moto: Moto;
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
        client = new SecretsManagerClient({
            region: REGION,
            endpoint: moto.url,
            credentials: { accessKeyId: "test", secretAccessKey: "test" },
        });
        const engine = sandbox.engine.withEnvironment(moto.environment);
        deployment = new Deployment(engine, configurationFile(sandbox.directory));
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

    it("can be restored for 30 days once it is configured no more", async () => {
        await deployment.configure({ aws: undefined });
        await deployment.up();
        const { DeletedDate } = await client.send(new DescribeSecretCommand({ SecretId: SECRET }));
        const days = ((DeletedDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
        assert.equal(Math.round(days), 30);
    });
});
