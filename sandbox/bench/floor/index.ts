// The floor: the resources the program makes, as somebody writes them by hand who does without all
// that surrounds them there. Nothing is read back, checked, planned, proven or remembered, so a
// rotation made with it is safe only as far as the person at the terminal is careful.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as github from "@pulumi/github";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { armor, Encrypter } from "age-encryption";
import { stringify } from "yaml";

const config = new pulumi.Config();
const generations = config.requireObject<string[]>("generations"); // the current one first
const senders = config.requireObject<string[]>("senders");
const recipient = config.require("recipient");
const url = config.require("url");
const upstream = config.require("upstream");
const base = readFileSync(config.require("configuration"), "utf8");
const namespace = "monitoring";
const forced = { "pulumi.com/patchForce": "true" };

const passwords = generations.map(
    (label) =>
        new random.RandomPassword(`write-${label}`, {
            length: 48,
            special: false,
            keepers: { rotation: label },
        }),
);
const values = pulumi.secret(pulumi.all(passwords.map(({ result }) => result)));
const hashes = pulumi.all(passwords.map(({ bcryptHash }) => bcryptHash));
const auth = values.apply((all) =>
    stringify({
        users: all.map((value, index) => ({
            name: generations[index],
            bearer_token: value,
            url_map: [{ src_paths: [new URL(url).pathname], url_prefix: upstream }],
        })),
    }),
);
const token = values.apply(([current = ""]) => current);

const repository = new github.Repository("mirror", {
    name: "floor-credentials",
    visibility: "private",
    autoInit: true,
    hasIssues: false,
    hasProjects: false,
    hasWiki: false,
    allowMergeCommit: false,
    allowRebaseMerge: false,
    archiveOnDestroy: true,
});
const branch = new github.BranchDefault("mirror-branch", {
    repository: repository.name,
    branch: "main",
    rename: true,
});
const history = new github.RepositoryRuleset(
    "mirror-history",
    {
        name: "Keep the history of sealed files",
        repository: repository.name,
        target: "branch",
        enforcement: "active",
        conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } },
        rules: { deletion: true, nonFastForward: true },
    },
    { dependsOn: branch },
);
const sealed = new pulumi.Stash(
    "mirror-sealed",
    { input: pulumi.unsecret(pulumi.all([auth, token]).apply(renderManifest).apply(seal)) },
    {
        ignoreChanges: ["input"],
        replacementTrigger: pulumi.unsecret(hashes.apply((all) => digest(all.join(",")))),
    },
);
const file = new github.RepositoryFile(
    "mirror",
    {
        repository: repository.name,
        branch: "main",
        file: "floor.yaml.age",
        content: sealed.output as pulumi.Output<string>,
        commitMessage: "Rotate",
    },
    { dependsOn: history },
);

const provider = new kubernetes.Provider("cluster", {
    enableSecretMutable: true,
    enableConfigMapMutable: true,
});
const receiver = new kubernetes.core.v1.Secret(
    "receiver",
    {
        metadata: { name: "floor-auth", namespace, annotations: forced },
        type: "Opaque",
        stringData: { "auth.yml": auth },
    },
    { provider, dependsOn: file },
);
const behind = { provider, dependsOn: receiver };
const secrets = senders.map((name) => {
    new kubernetes.core.v1.ConfigMap(
        `${name}-configuration`,
        {
            metadata: { name: `floor-${name}-configuration`, namespace },
            data: { "prometheus.yml": `${base}${remoteWrite(url)}` },
        },
        behind,
    );
    return new kubernetes.core.v1.Secret(
        name,
        {
            metadata: { name: `floor-${name}`, namespace, annotations: forced },
            type: "Opaque",
            stringData: { token },
        },
        behind,
    );
});
new github.RepositoryFile(
    "record",
    {
        repository: repository.name,
        branch: "main",
        file: "floor.rotation.json",
        content: `${JSON.stringify({ accepted: generations, senders }, undefined, 4)}\n`,
        commitMessage: "Record",
    },
    { dependsOn: secrets },
);

function renderManifest([users = "", value = ""]: readonly string[]): string {
    const secret = (name: string, stringData: object) =>
        stringify({
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name, namespace, annotations: forced },
            type: "Opaque",
            stringData,
        });
    return [
        secret("floor-auth", { "auth.yml": users }),
        ...senders.map((name) => secret(`floor-${name}`, { token: value })),
    ].join("---\n");
}

async function seal(text: string): Promise<string> {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    return armor.encode(await encrypter.encrypt(text));
}

function digest(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

function remoteWrite(to: string): string {
    return stringify({
        remote_write: [
            {
                name: "floor",
                url: to,
                authorization: { credentials_file: "../write-credential/token" },
            },
        ],
    });
}
