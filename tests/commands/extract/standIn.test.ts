import assert from "node:assert/strict";
import { findStandIn, type Reading, valueOrMissing } from "../../../commands/extract/standIn.ts";

const BLOB = "data:9m1Zk0bYt3Q5vA==,iv:Lq3v7h1d8mTnYk2s=,tag:bWxZ2cQk5rT8==,type:str]";
const RENDERED = "give the file that it is rendered to";
const MASKED = "it is masked, as an API shows it: give the file itself";
const PLACEHOLDER = "it is a placeholder: look where the credential is really kept";
const EMPTY = "it is empty: look where it is really kept";
const DEPLOYED = "it is filled in when it is deployed: give the file as it is there";
const FILE = { file: "etc/rw.yml" };
const variable = (name: string) =>
    `it comes from the variable ${name}: npm run extract -- environment ${name}`;
const read = (path: string) =>
    `RW_PASSWORD_FILE=${path} npm run extract -- environment RW_PASSWORD_FILE`;

const STAND_INS: readonly (readonly [text: string, said: string, reading?: Reading])[] = [
    [
        `ENC[AES256_GCM,${BLOB}`,
        "SOPS encrypted it: sops exec-file --no-fifo etc/rw.yml 'npm run extract -- prometheus {}'",
        FILE,
    ],
    [
        `ENC[AES256_GCM,${BLOB}`,
        "SOPS encrypted it: sops exec-file --no-fifo .env 'npm run extract -- environment --file {}'",
        { file: ".env", source: "environment --file" },
    ],
    [
        "ENC[PKCS7,MIIBiQYJKoZI]",
        "hiera-eyaml encrypted it: eyaml decrypt --eyaml etc/rw.yml, and give what that prints",
        FILE,
    ],
    [
        "$ANSIBLE_VAULT;1.1;AES256\n3734",
        "Ansible Vault encrypted it: npm run extract -- ansible etc/rw.yml",
        FILE,
    ],
    [
        "vault:v1:8SDd3WHDOjf7mq69C",
        "Vault encrypted it (transit): vault write transit/decrypt/<key>",
    ],
    [
        "$2y$10$abcdefghijklmnopqrstuv",
        "it is the hash a receiver compares with: give what a sender pushes with",
    ],
    ["ref+vault://kv/rw#/password", "it is a reference of vals: vals eval -f etc/rw.yml", FILE],
    ["op://infra/rw/password", "it is a reference of 1Password: op inject -i etc/rw.yml", FILE],
    [
        "<path:kv/data/rw#password>",
        "it is a reference of argocd-vault-plugin: argocd-vault-plugin generate etc/rw.yml",
        FILE,
    ],
    [
        "{{resolve:secretsmanager:prod/rw:SecretString:password}}",
        "it is in AWS: aws secretsmanager get-secret-value --secret-id prod/rw",
    ],
    [
        "{{resolve:ssm-secure:/rw/password:1}}",
        "it is in AWS: aws ssm get-parameter --with-decryption --name /rw/password",
    ],
    [
        "projects/metrics/secrets/rw/versions/latest",
        "it is in Google's Secret Manager: gcloud secrets versions access latest --project=metrics --secret=rw",
    ],
    [
        "vault:secret/data/rw#password",
        "it is a reference of bank-vaults: vault kv get -field=<key> <path>",
    ],
    ["awssm://prod/rw", "it is a reference (awssm://): give what it refers to"],
    [
        "https://vault.example/v1/kv/rw",
        "it is a URL, no credential: look where the credential is really kept",
    ],
    ["<%= @rw_password %>", `it is a template (ERB, of Puppet or Chef): ${RENDERED}`],
    ["{{ vault_rw_password }}", `it is a template: ${RENDERED}`],
    ["{% if a %}b{% endif %}", `it is a template: ${RENDERED}`],
    ["{{ .Values.rw.password }}", `it is a template: ${RENDERED}`],
    [
        "${{ secrets.RW_TOKEN }}",
        "it comes from the secrets of a workflow: give the file as it is deployed",
    ],
    [
        "${var.rw_password}",
        "it is var.rw_password of Terraform: npm run extract -- terraform <what terraform show -json prints>",
    ],
    ["${RW}", variable("RW")],
    ["${env:RW}", variable("RW")],
    ["${RW:-none}", variable("RW")],
    ["${RW:?set it}", variable("RW")],
    ["${RW:+x}", variable("RW")],
    ["$(RW)", variable("RW")],
    ["%{RW}", variable("RW")],
    ["%RW_TOKEN%", variable("RW_TOKEN")],
    ["$PROM_REMOTE_WRITE_TOKEN", variable("PROM_REMOTE_WRITE_TOKEN")],
    ["Basic $GC_AUTH", variable("GC_AUTH")],
    ["Bearer ${RW}", variable("RW")],
    ["$rw", variable("rw"), { unbraced: true }],
    [
        "a$rw",
        `${variable("rw")} --unit edge.service`,
        { unbraced: true, variables: "--unit edge.service" },
    ],
    ["__RW_TOKEN__", DEPLOYED],
    ["#{RwToken}#", DEPLOYED],
    [
        "$(cat /run/user/rw/token)",
        `it comes from a command, which reads a file: ${read("/run/user/rw/token")}`,
    ],
    [
        "`< /run/rw/token`",
        `it comes from a command, which reads a file: ${read("/run/rw/token")}`,
        { shell: true },
    ],
    [
        "$(pass show rw)",
        "it comes from a command: give what that prints, in a variable, to npm run extract -- environment <variable>",
    ],
    ["????????", MASKED],
    ["********", MASKED],
    ["glc_****1234", MASKED],
    ["<secret>", MASKED],
    ["[REDACTED]", MASKED],
    ["(sensitive value)", MASKED],
    ["xxxxxxxx", MASKED],
    ["glc_eyJvIj...", "it is cut short: give the file itself"],
    ["<your api key>", PLACEHOLDER],
    ["CHANGE_ME", PLACEHOLDER],
    ["changeme!", PLACEHOLDER],
    ["REPLACE_WITH_TOKEN", PLACEHOLDER],
    ["YOUR_API_KEY", PLACEHOLDER],
    ["your-grafana-cloud-token-here", PLACEHOLDER],
    ["TODO", PLACEHOLDER],
    ["null", EMPTY],
    ["~", EMPTY],
    ["<no value>", EMPTY],
    [
        "/run/secrets/rw",
        `it is a path, where the credential itself belongs: ${read("/run/secrets/rw")}`,
    ],
    ["./pw.txt", `it is a path, where the credential itself belongs: ${read("./pw.txt")}`],
];

describe("findStandIn", () => {
    for (const [text, said, reading] of STAND_INS) {
        it(`says what ${text} is${reading === undefined ? "" : `, in ${JSON.stringify(reading)}`}`, () => {
            assert.equal(findStandIn(text, reading), said);
        });
    }

    const VALUES = [
        "",
        "$ecret",
        "pa{ss}",
        "a$b",
        "100%",
        "50%off%now",
        "<secret",
        "${",
        "$()",
        "7$mallard-Qz",
        "mall$$ard77",
        "pa#ss#77Qz",
        'Kp4 mal"lard',
        "correct horse battery staple",
        "hunter2",
        "a/b+c==",
        "/9j/4AAQSkZJRgABAQ",
        "`a`",
        "xX12",
        "eyJhbGciOiJub25lIn0.e30.",
        "true",
        "123456",
        "**a**",
        "me@example.com",
        "pässwörd-ключ-鍵-🔑",
    ];
    for (const text of VALUES) {
        it(`takes ${JSON.stringify(text)} for a value`, () => {
            assert.deepEqual(valueOrMissing(text), { value: text });
        });
    }

    it("leaves a path where one belongs", () => {
        assert.equal(findStandIn("/run/secrets/rw", { path: true }), undefined);
        assert.equal(findStandIn("%d/rw", { path: true }), undefined);
    });
});
