import assert from "node:assert/strict";
import { prometheus } from "../../../commands/extract/senderFile.ts";
import type { Candidate } from "../../../commands/extract/place.ts";
import { brief, pretend } from "../../support/madeUpMachine.ts";

function find(
    text: string,
    others: Readonly<Record<string, string>>,
    path: string,
): readonly Candidate[] {
    return prometheus.find(
        [path],
        {},
        pretend({ ...others, [path]: text }),
    ) as readonly Candidate[];
}

describe("prometheus: vmagent", () => {
    const UNIT = `
[Unit]
Description=vmagent
After=network-online.target

[Service]
ExecStart=/usr/local/bin/vmagent-prod \\
  -promscrape.config=/etc/vmagent/scrape.yml \\
  # the two clusters
  -remoteWrite.url=https://a.example.com/api/v1/write \\
  -remoteWrite.url=https://b.example.com/api/v1/write \\
  -remoteWrite.basicAuth.username=push \\
  -remoteWrite.basicAuth.password='p%%ss one,"two,2"' \\
  -remoteWrite.tmpDataPath=/var/lib/vmagent
Restart=always
`;
    it("finds a password for each URL in a unit", () => {
        const found = find(UNIT, {}, "/etc/systemd/system/vmagent.service");
        assert.deepEqual(found.map(brief), [
            [
                "vmagent.service: ExecStart -remoteWrite.basicAuth.password[0]",
                "basic auth",
                "push",
                "p%ss one",
            ],
            [
                "vmagent.service: ExecStart -remoteWrite.basicAuth.password[1]",
                "basic auth",
                "push",
                "two,2",
            ],
        ]);
        assert.equal(
            found[0]?.advice,
            "every user of that machine can read it in the list of processes: rotate, and use a file",
        );
    });

    const COMPOSE = `
services:
  vmagent:
    image: victoriametrics/vmagent:v1.150.0
    command:
      - "--remoteWrite.url=https://a.example.com/api/v1/write"
      - "--remoteWrite.bearerToken=abc.def"
      - --remoteWrite.headers=X-Api-Key:k1^^X-Scope-OrgID:7
  other:
    image: victoriametrics/vmagent:v1.150.0
    command: -remoteWrite.url=https://a -remoteWrite.basicAuth.username=u -remoteWrite.basicAuth.password=$\${RW}
`;
    it("finds flags in a Compose file", () => {
        assert.deepEqual(find(COMPOSE, {}, "/srv/compose.yaml").map(brief), [
            [
                "compose.yaml: services.vmagent.command -remoteWrite.bearerToken",
                "bearer token",
                undefined,
                "abc.def",
            ],
            [
                "compose.yaml: services.vmagent.command -remoteWrite.headers.X-Api-Key",
                "custom header",
                undefined,
                "k1",
            ],
            [
                "compose.yaml: services.other.command -remoteWrite.basicAuth.password",
                "basic auth",
                "u",
                "it comes from the variable RW: npm run extract -- environment RW",
            ],
        ]);
    });

    it("finds flags in a Deployment, with a file and a variable of vmagent's own", () => {
        const text = `
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: vmagent
          args:
            - -remoteWrite.url=https://a/api/v1/write
            - -remoteWrite.url=https://b/api/v1/write
            - -remoteWrite.bearerToken=file:///etc/vmagent/token
            - -remoteWrite.bearerToken=%{RW_TOKEN}
            - -remoteWrite.oauth2.clientID=me
            - -remoteWrite.oauth2.clientSecretFile=/nope
            - -remoteWrite.aws.accessKey=AKIA1
            - -remoteWrite.aws.secretKey=abc
`;
        const at = "vmagent.yaml: spec.template.spec.containers[0].args -remoteWrite.";
        const files = { "/etc/vmagent/token": "tok\n" };
        assert.deepEqual(find(text, files, "/srv/vmagent.yaml").map(brief), [
            [`${at}bearerToken[0] (/etc/vmagent/token)`, "bearer token", undefined, "tok"],
            [
                `${at}oauth2.clientSecretFile (/nope)`,
                "OAuth2 client secret",
                "me",
                "there is no file /nope: check the path",
            ],
            [`${at}aws.secretKey`, "SigV4 secret key", "AKIA1", "abc"],
            [
                `${at}bearerToken[1]`,
                "bearer token",
                undefined,
                "it comes from the variable RW_TOKEN: npm run extract -- environment RW_TOKEN",
            ],
        ]);
    });

    const lines: readonly (readonly [string, string])[] = [
        [
            "a script",
            "#!/bin/sh\nexec vmagent -remoteWrite.url=https://a \\\n  -remoteWrite.bearerToken 'a b\"c'\n",
        ],
        [
            "what /proc shows",
            'vmagent\0-remoteWrite.url=https://a\0-remoteWrite.bearerToken=a b"c\0',
        ],
        [
            "a variable in /etc/default",
            'ARGS="-remoteWrite.url=https://a -remoteWrite.bearerToken=\'a b\\"c\'"\n',
        ],
        ["a bare command", '/opt/vmagent-prod -remoteWrite.bearerToken=a\\ b\\"c; echo\n'],
    ];
    for (const [what, text] of lines) {
        it(`finds flags in ${what}`, () => {
            assert.deepEqual(find(text, {}, "/etc/default/vmagent").map(brief), [
                ["vmagent: -remoteWrite.bearerToken", "bearer token", undefined, 'a b"c'],
            ]);
        });
    }
});
