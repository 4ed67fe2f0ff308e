import assert from "node:assert/strict";
import { prometheus } from "../../../commands/extract/senderFile.ts";
import type { Candidate } from "../../../commands/extract/place.ts";
import { brief, pretend, type PretendedFile } from "../../support/madeUpMachine.ts";

const ADVICE =
    "everybody who reads this file, a copy or its history in Git has it: rotate, and use a credential file";

function find(
    text: string,
    others: Readonly<Record<string, string | PretendedFile>> = {},
    path = "/etc/prometheus/prometheus.yml",
): readonly Candidate[] {
    return prometheus.find(
        [path],
        {},
        pretend({ ...others, [path]: text }),
    ) as readonly Candidate[];
}

const PROMETHEUS = `
global:
  scrape_interval: 15s
  external_labels: { cluster: eu-1, replica: $(HOSTNAME) }

scrape_configs:
  - job_name: node
    basic_auth: { username: scraper, password: not-this-one }
    static_configs: [{ targets: ["localhost:9100"] }]

remote_write:
  # Mimir
  - name: mimir
    url: https://mimir.example.com/api/v1/push
    headers: { X-Scope-OrgID: team-a }
    basic_auth:
      username: 123456
      password: 0755
  - url: https://push.example.com/api/v1/write
    basic_auth:
      username_file: secrets/username
      password_file: secrets/password
  - url: https://gateway.example.com/api/v1/write
    authorization:
      credentials_file: /run/secrets/token
  - url: https://old.example.com/write
    bearer_token: "c2VjcmV0LXRva2Vu"
  - url: https://push:p%40ss@legacy.example.com/write
`;

describe("prometheus: a prometheus.yml", () => {
    it("finds every remote_write credential, inline and in files beside it, and no other", () => {
        const found = find(PROMETHEUS, {
            "/etc/prometheus/secrets/username": "push\n",
            "/etc/prometheus/secrets/password": { text: "q7mKx2vR9tLw4zNp\n", ageDays: 412 },
            "/run/secrets/token": { text: "tok-1\n", ageDays: 3, exposed: true },
        });
        assert.deepEqual(found, [
            {
                place: "prometheus.yml: remote_write[0].basic_auth.password",
                kind: "basic auth",
                username: "123456",
                value: "0755",
                plaintext: true,
                advice: ADVICE,
            },
            {
                place: "prometheus.yml: remote_write[1].basic_auth.password_file (secrets/password)",
                kind: "basic auth",
                username: "push",
                value: "q7mKx2vR9tLw4zNp",
                age: 412,
                plaintext: false,
            },
            {
                place: "prometheus.yml: remote_write[2].authorization.credentials_file (/run/secrets/token)",
                kind: "bearer token",
                username: undefined,
                value: "tok-1",
                age: 3,
                plaintext: true,
                advice: "every user of that machine can read it: chmod o= token, then rotate",
            },
            {
                place: "prometheus.yml: remote_write[3].bearer_token",
                kind: "bearer token",
                username: undefined,
                value: "c2VjcmV0LXRva2Vu",
                plaintext: true,
                advice: ADVICE,
            },
            {
                place: "prometheus.yml: remote_write[4].url",
                kind: "basic auth",
                username: "push",
                value: "p@ss",
                plaintext: true,
                advice: ADVICE,
            },
        ]);
    });

    const PATH = "prometheus.yml: remote_write[0]";
    const entries: readonly (readonly [string, string, readonly unknown[]])[] = [
        [
            "an OAuth2 client secret",
            "oauth2: { client_id: prom, client_secret: abc, token_url: https://idp }",
            [`${PATH}.oauth2.client_secret`, "OAuth2 client secret", "prom", "abc"],
        ],
        [
            "Azure's",
            "azuread: { cloud: AzurePublic, oauth: { client_id: id, client_secret: abc, tenant_id: t } }",
            [`${PATH}.azuread.oauth.client_secret`, "OAuth2 client secret", "id", "abc"],
        ],
        [
            "a SigV4 key",
            "sigv4: { region: eu-west-1, access_key: AKIA1, secret_key: abc }",
            [`${PATH}.sigv4.secret_key`, "SigV4 secret key", "AKIA1", "abc"],
        ],
        [
            "a header of its own",
            "headers: { X-Scope-OrgID: a, X-Api-Key: abc }",
            [`${PATH}.headers.X-Api-Key`, "custom header", undefined, "abc"],
        ],
        [
            "a header in a list",
            "http_headers: { X-Api-Key: { secrets: [abc] } }",
            [`${PATH}.http_headers.X-Api-Key.secrets[0]`, "custom header", undefined, "abc"],
        ],
        [
            "a header in a file",
            "http_headers: { X-Api-Key: { files: [key] } }",
            [
                `${PATH}.http_headers.X-Api-Key.files[0] (key)`,
                "custom header",
                undefined,
                "from-file",
            ],
        ],
        [
            "basic auth spelt out",
            "authorization: { type: Basic, credentials: cHVzaDphYmM= }",
            [`${PATH}.authorization.credentials`, "basic auth", "push", "abc"],
        ],
        [
            "a scheme of its own",
            "authorization: { type: ApiKey, credentials: abc }",
            [`${PATH}.authorization.credentials`, "custom header", undefined, "ApiKey abc"],
        ],
        [
            "a variable, by name",
            "basic_auth: { username: push, password: '${RW_PASSWORD}' }",
            [
                `${PATH}.basic_auth.password`,
                "basic auth",
                "push",
                "it comes from the variable RW_PASSWORD: npm run extract -- environment RW_PASSWORD",
            ],
        ],
        [
            "a mask",
            "basic_auth: { username: push, password: <secret> }",
            [
                `${PATH}.basic_auth.password`,
                "basic auth",
                "push",
                "it is masked, as an API shows it: give the file itself",
            ],
        ],
        [
            "a variable in a URL",
            "url: 'https://push:${RW_PASSWORD}@host/write'",
            [
                `${PATH}.url`,
                "basic auth",
                "push",
                "it comes from the variable RW_PASSWORD: npm run extract -- environment RW_PASSWORD",
            ],
        ],
        [
            "a file that is not there",
            "basic_auth: { username: push, password_file: secrets/nope }",
            [
                `${PATH}.basic_auth.password_file (secrets/nope)`,
                "basic auth",
                "push",
                "there is no file /etc/prometheus/secrets/nope: check the path",
            ],
        ],
        [
            "a file whose path is a variable",
            "bearer_token_file: '${CREDENTIALS_DIRECTORY}/token'",
            [
                `${PATH}.bearer_token_file (\${CREDENTIALS_DIRECTORY}/token)`,
                "bearer token",
                undefined,
                "its path comes from the variable CREDENTIALS_DIRECTORY: give the file itself",
            ],
        ],
        [
            "what is no text",
            "bearer_token: [abc]",
            [
                `${PATH}.bearer_token`,
                "bearer token",
                undefined,
                "it is no text: check the configuration there",
            ],
        ],
        [
            "an empty one",
            "bearer_token: ''",
            [`${PATH}.bearer_token`, "bearer token", undefined, ""],
        ],
    ];
    for (const [what, entry, expected] of entries) {
        it(`finds ${what}`, () => {
            const text = `remote_write:\n  - { ${entry} }\n`;
            const found = find(text, { "/etc/prometheus/key": "from-file\n" });
            assert.deepEqual(found.map(brief), [expected]);
        });
    }

    it("finds what Grafana Agent has below its configs", () => {
        const text = `
metrics:
  global: { remote_write: [{ url: https://a, basic_auth: { username: u, password: one } }] }
  configs:
    - name: default
      remote_write:
        - { url: https://b, bearer_token: two }
`;
        assert.deepEqual(find(text).map(brief), [
            [
                "prometheus.yml: metrics.global.remote_write[0].basic_auth.password",
                "basic auth",
                "u",
                "one",
            ],
            [
                "prometheus.yml: metrics.configs[0].remote_write[0].bearer_token",
                "bearer token",
                undefined,
                "two",
            ],
        ]);
    });

    it("reads aliases and merges", () => {
        const text = `
x-auth: &auth { basic_auth: { username: push, password: abc } }
remote_write:
  - <<: *auth
    url: https://a
`;
        assert.deepEqual(find(text).map(brief), [
            ["prometheus.yml: remote_write[0].basic_auth.password", "basic auth", "push", "abc"],
        ]);
    });

    it("reads what the API shows, in which all is masked", () => {
        const yaml = "remote_write:\n  - url: https://a\n    bearer_token: <secret>\n";
        const found = find(JSON.stringify({ status: "success", data: { yaml } }));
        assert.deepEqual(found.map(brief), [
            [
                "prometheus.yml: remote_write[0].bearer_token",
                "bearer token",
                undefined,
                "it is masked, as an API shows it: give the file itself",
            ],
        ]);
    });

    const refused: readonly (readonly [string, string, string])[] = [
        [
            "an empty file",
            " \n",
            "/etc/prometheus/prometheus.yml is empty: give the configuration of a sender",
        ],
        [
            "what is no YAML",
            "remote_write:\n  - bearer_token: 'hunter2\n",
            "/etc/prometheus/prometheus.yml is no YAML: see line 3, column 1",
        ],
        [
            "an alias of nothing",
            "remote_write: [{ bearer_token: *hunter2 }]\n",
            "/etc/prometheus/prometheus.yml is no YAML that can be read: its aliases cannot be resolved",
        ],
    ];
    for (const [what, text, message] of refused) {
        it(`refuses ${what}`, () => {
            assert.throws(() => find(text), { message });
        });
    }
});
