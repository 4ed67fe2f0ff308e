// The state on AWS, as moto emulates it, with the real engine: its own S3 backend and its own awskms secrets provider.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    DeleteBucketPolicyCommand,
    GetObjectCommand,
    ListObjectsV2Command,
    S3Client,
} from "@aws-sdk/client-s3";
import { execa } from "execa";
import { type Moto, startMoto } from "../../sandbox/moto.ts";
import { preparePulumiHome } from "../../sandbox/plugins.ts";
import { createEngine, type Engine } from "../../sandbox/pulumi.ts";
import { provideTools } from "../../sandbox/toolchain.ts";
import { kmsUnwrap, kmsWrapper } from "../../lib/kms.ts";
import { Scanner } from "./scan.ts";

const REGION = "eu-central-1";
const BUCKET = "prometheus-state";
const KEY = `alias/${BUCKET}`;
const THINGS = [
    `key ${KEY}`,
    "key rotated each year",
    `bucket ${BUCKET}`,
    "versioned",
    "encrypted with the key",
    "public access blocked",
    "owned by the account, without access lists",
    "TLS only",
    "old versions kept for 90 days",
];

describe("the backend command and the state on AWS", function () {
    this.timeout(180_000);
    let directory: string;
    let moto: Moto;
    let engine: Engine;
    const credential = randomBytes(24).toString("hex");

    const backend = async (...more: readonly string[]) => {
        const args = ["cli/backend.ts", "aws", "--bucket", BUCKET, "--region", REGION, ...more];
        const { all } = await execa("node", [...args, "--stack", "dev"], {
            env: moto.environment,
            all: true,
        });
        return all.split("\n");
    };

    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "backend-"));
        moto = await startMoto(directory);
        const tools = await provideTools(["pulumi"]);
        const home = await preparePulumiHome(join(directory, "pulumi"), tools);
        const project = join(directory, "project");
        await mkdir(project);
        await writeFile(join(project, "Pulumi.yaml"), "name: state\nruntime: nodejs\n");
        engine = createEngine({
            project,
            pulumi: home.pulumi,
            temporary: join(directory, "tmp"),
            environment: { ...home.environment, ...moto.environment },
        });
    });

    after(async () => {
        await moto.stop();
        await rm(directory, { recursive: true, force: true });
    });

    it("says what is missing, and makes nothing", async () => {
        for (const lines of [await backend(), await backend()]) {
            const missing = THINGS.map((what) => `missing  ${what}`);
            assert.deepEqual(lines.slice(0, THINGS.length), missing);
        }
    });

    it("makes what is missing, once, and says how to use it", async () => {
        const made = await backend("--create");
        const found = await backend("--create");
        assert.deepEqual(
            made.slice(0, THINGS.length),
            THINGS.map((what) => `made     ${what}`),
        );
        assert.deepEqual(found, [
            ...THINGS.map((what) => `there    ${what}`),
            "",
            `pulumi login 's3://${BUCKET}?region=${REGION}'`,
            `pulumi stack init dev --secrets-provider 'awskms://${KEY}?region=${REGION}'`,
        ]);
    });

    it("keeps a stack of the real engine whose state holds no secret in plain text", async () => {
        // moto 5.2 denies what a policy denies without looking at its conditions, and speaks plain HTTP anyhow.
        await bucket().send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));
        const query = `region=${REGION}&endpoint=${moto.url}&s3ForcePathStyle=true`;
        await engine.must("login", `s3://${BUCKET}?${query}`);
        const provider = `awskms://${KEY}?region=${REGION}&endpoint=${moto.url}`;
        await engine.must("stack", "init", "dev", "--secrets-provider", provider);
        await engine.must("config", "set", "--secret", "token", credential);
        const { output } = await engine.must("config", "get", "token");
        assert.equal(output.trim().split("\n").at(-1), credential); // after a warning of the SDK about moto
        const found = new Scanner(new Map([[credential, "token"]])).find(await objects());
        assert.deepEqual(found, []);
    });

    it("wraps a data key for whom IAM lets decrypt", async () => {
        Object.assign(process.env, moto.environment);
        try {
            const arn = await keyArn();
            const dataKey = randomBytes(32);
            const enc = await kmsWrapper(arn).wrap(dataKey);
            assert.deepEqual(Buffer.from(await kmsUnwrap(arn, enc)), dataKey);
            await assert.rejects(kmsUnwrap(arn, "AAAA"), {
                message: /^cannot decrypt with arn:aws:kms:[^\n]+ may use it$/,
            });
        } finally {
            for (const name of Object.keys(moto.environment))
                Reflect.deleteProperty(process.env, name);
        }
    });

    async function keyArn(): Promise<string> {
        const { DescribeKeyCommand, KMSClient } = await import("@aws-sdk/client-kms");
        const client = new KMSClient({ region: REGION });
        const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: KEY }));
        return KeyMetadata?.Arn ?? "";
    }

    function bucket(): S3Client {
        return new S3Client({
            region: REGION,
            endpoint: moto.url,
            forcePathStyle: true,
            credentials: { accessKeyId: "test", secretAccessKey: "test" },
        });
    }

    /** Every object of the bucket: there must be some. */
    async function objects(): Promise<[string, string][]> {
        const client = bucket();
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
        assert.ok(Contents.some(({ Key }) => Key?.includes("stacks/state/dev")));
        return Promise.all(
            Contents.map(async ({ Key = "" }): Promise<[string, string]> => {
                const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
                return [Key, (await Body?.transformToString()) ?? ""];
            }),
        );
    }
});
