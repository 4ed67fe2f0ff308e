// The state on AWS, as moto emulates it, with the real engine: its own S3 backend and its own
// awskms secrets provider.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import {
    DeleteBucketPolicyCommand,
    GetObjectCommand,
    ListObjectVersionsCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { execa } from "execa";
import { type Moto, startMoto } from "../../../sandbox/parts/moto.ts";
import { preparePulumiHome } from "../../../sandbox/plugins/pulumiHome.ts";
import { createEngine, type Engine } from "../../../sandbox/runs/engine.ts";
import { provideTools } from "../../../sandbox/toolchain/toolchain.ts";
import { kmsUnwrap, kmsWrapper } from "../../../seal/kms.ts";
import { openSealed } from "../../../seal/open.ts";
import { sealTo } from "../../../seal/seal.ts";
import { renderManifest } from "../../../mirror/manifest.ts";
import { settingsOf } from "../../support/fleet.ts";
import { recordCalls } from "../../support/callRecorder.ts";
import { Scanner } from "../../support/scan.ts";
import { withEnvironment } from "../../support/environment.ts";

const REGION = "eu-central-1";
const BUCKET = "prometheus-state";
const KEY = `alias/${BUCKET}`;
const PROJECT = "name: state\nruntime: nodejs\nmain: index.mjs\n";
const READABLE = "a text of the state that is no secret at all";
/** Keeps the secret of its configuration in its state, and a text that is none. */
const PROGRAM = `import * as pulumi from "@pulumi/pulumi";
new pulumi.Stash("secret", { input: new pulumi.Config().requireSecret("token") });
new pulumi.Stash("open", { input: "${READABLE}" });
`;
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
    let project: string;
    const credential = randomBytes(24).toString("hex");

    const backend = (...more: readonly string[]) => backendAt(moto.url, ...more);
    const backendAt = async (url: string, ...more: readonly string[]) => {
        const args = [
            "commands/backend.ts",
            "aws",
            "--bucket",
            BUCKET,
            "--region",
            REGION,
            ...more,
        ];
        const { all } = await execa("node", [...args, "--stack", "dev"], {
            env: { ...moto.environment, AWS_ENDPOINT_URL: url },
            all: true,
            reject: false,
        });
        return all.split("\n");
    };

    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "backend-"));
        moto = await startMoto(directory);
        const tools = await provideTools(["pulumi"]);
        const home = await preparePulumiHome(join(directory, "pulumi"), tools);
        project = join(directory, "project");
        await mkdir(project);
        await writeFile(join(project, "Pulumi.yaml"), PROJECT);
        await writeFile(join(project, "package.json"), '{"type":"module"}');
        await writeFile(join(project, "index.mjs"), PROGRAM);
        await symlink(resolve("node_modules"), join(project, "node_modules"));
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

    it("has AWS refuse a bucket of another account at every call but that which makes one", async () => {
        // moto 5.2 does not compare them.
        const recorder = await recordCalls(moto.url, ({ method, url = "", headers }) => {
            const owner = String(headers["x-amz-expected-bucket-owner"]);
            return `${method ?? ""} ${url.replace(/[&?]x-id=.*/, "")} of ${owner}`;
        });
        try {
            await backendAt(recorder.url, "--create");
            await backendAt(recorder.url, "--create", "--bucket", "another");
        } finally {
            await recorder.stop();
        }
        const calls = recorder.take().filter((call) => !call.startsWith("POST / "));
        const others = calls.filter((call) => !call.endsWith(" of 123456789012"));
        assert.ok(calls.length > 20, calls.join("\n"));
        assert.deepEqual(others, ["PUT /another/ of undefined"]);
    });

    it("refuses a bucket that S3 does not let it look at", async () => {
        const server = createServer((request, response) => {
            const isHead = request.method === "HEAD";
            void buffer(request).then(async (body) => {
                if (isHead) return response.writeHead(403).end();
                const { method = "", headers } = request;
                const init = { method, headers: headers as Record<string, string>, body };
                const answer = await fetch(new URL(request.url ?? "/", moto.url), init);
                return response.writeHead(answer.status).end(await answer.text());
            });
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        try {
            assert.deepEqual(await backendAt(`http://127.0.0.1:${port}`), [
                `error: bucket ${BUCKET}: it is another account's, or cannot be looked at: give another --bucket`,
            ]);
        } finally {
            server.closeAllConnections();
            server.close();
        }
    });

    it("keeps a stack of the real engine whose state holds no secret in plain text", async () => {
        // moto 5.2 denies what a policy denies without looking at its conditions, and speaks plain
        // HTTP anyhow.
        await bucket().send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));
        const query = `region=${REGION}&endpoint=${moto.url}&s3ForcePathStyle=true`;
        await engine.must("login", `s3://${BUCKET}?${query}`);
        const provider = `awskms://${KEY}?region=${REGION}&endpoint=${moto.url}`;
        await engine.must("stack", "init", "dev", "--secrets-provider", provider);
        await engine.must("config", "set", "--secret", "token", credential);
        const { output } = await engine.must("config", "get", "token");
        // After a warning of the SDK about moto
        assert.equal(output.trim().split("\n").at(-1), credential);
        await engine.must("up", "--yes", "--skip-preview");
        await engine.must("up", "--yes", "--skip-preview"); // a second version of the state
        const configuration = await readFile(join(project, "Pulumi.dev.yaml"), "utf8");
        const state = await versions();
        const isState = ([where]: readonly [string, string]) => where.includes("dev.json");
        assert.ok(state.filter(isState).length > 1);
        const places = [...state, ["configuration", configuration] as const];
        assert.deepEqual(new Scanner(new Map([[credential, "secret"]])).find(places), []);
        const control = new Scanner(new Map([[READABLE, "control"]])).find(state);
        assert.ok(control.some((found) => found.endsWith(": control as plain text")));
        // What stands for it: ciphertext of the data key that KMS wraps.
        assert.ok(state.some(([, text]) => /"ciphertext": ?"v1:/.test(text)));
        assert.match(configuration, /secure: v1:/);
    });

    it("wraps a data key for whom IAM lets decrypt", async () => {
        await withEnvironment(moto.environment, async () => {
            const arn = await keyArn();
            const dataKey = randomBytes(32);
            const enc = await kmsWrapper(arn).wrap(dataKey);
            assert.deepEqual(Buffer.from(await kmsUnwrap(arn, enc)), dataKey);
            await assert.rejects(kmsUnwrap(arn, "AAAA"), {
                message: /^cannot decrypt with arn:aws:kms:[^\n]+ may use it$/,
            });
        });
    });

    it("seals a mirror that sops opens by IAM alone, and our own reader too", async () => {
        await withEnvironment(moto.environment, async () => {
            const arn = await keyArn();
            const manifest = renderManifest(settingsOf(), {
                current: "2026",
                accepted: [{ label: "2026", value: credential }],
            });
            const path = "prod.sops.yaml";
            const { seal, readers } = sealTo({ path, format: "sops" }, [], [kmsWrapper(arn)]);
            const { [path]: sealed = "" } = await seal(manifest);
            assert.deepEqual(readers, [arn]);
            assert.equal(await openSealed(sealed, { kms: kmsUnwrap }), manifest);
            const { sops } = await provideTools(["sops"]);
            await writeFile(join(directory, path), sealed);
            const { stdout } = await execa(sops.path, ["--decrypt", join(directory, path)]);
            assert.ok(stdout.includes(credential));
        });
    });

    async function keyArn(): Promise<string> {
        const { DescribeKeyCommand, KMSClient } = await import("@aws-sdk/client-kms");
        const client = new KMSClient({ region: REGION });
        const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: KEY }));
        return KeyMetadata?.Arn ?? "";
    }

    function bucket(): S3Client {
        return new S3Client({ ...moto.client, forcePathStyle: true });
    }

    /** Every version of every object of the bucket. */
    async function versions(): Promise<[string, string][]> {
        const client = bucket();
        const listed = await client.send(new ListObjectVersionsCommand({ Bucket: BUCKET }));
        const { Versions = [] } = listed;
        return Promise.all(
            Versions.map(async ({ Key = "", VersionId }): Promise<[string, string]> => {
                const command = new GetObjectCommand({ Bucket: BUCKET, Key, VersionId });
                const { Body } = await client.send(command);
                return [`${Key} ${VersionId ?? ""}`, (await Body?.transformToString()) ?? ""];
            }),
        );
    }
});
