import assert from "node:assert/strict";
import { prometheus } from "../../../commands/extract/senderFile.ts";
import type { Candidate } from "../../../commands/extract/place.ts";
import { brief, pretend } from "../../support/madeUpMachine.ts";

const CONFIG = `
extensions:
  health_check: {}
  basicauth/grafana_cloud:
    client_auth:
      username: "123456"
      password: glc$$abc
  basicauth/server:
    htpasswd: { inline: "a:not-this-one" }
  bearertokenauth/gateway:
    filename: token
  bearertokenauth/unused: { token: not-this-one-either }
  oauth2client:
    client_id: me
    client_secret: abc
    token_url: https://idp/token
  sigv4auth: { region: eu-west-1 }
  headers_setter:
    headers:
      - { key: Authorization, value: "Bearer \${file:/run/rw}" }
      - { key: X-Scope-OrgID, from_context: tenant }
receivers:
  otlp: { protocols: { http: { auth: { authenticator: basicauth/server } } } }
exporters:
  otlphttp: { endpoint: https://t, headers: { Authorization: Bearer not-this-one } }
  prometheusremotewrite:
    endpoint: https://push.example.com/api/v1/write
    auth: { authenticator: basicauth/grafana_cloud }
  prometheusremotewrite/second:
    endpoint: https://push.example.com/api/v1/write
    auth: { authenticator: basicauth/grafana_cloud }
  prometheusremotewrite/gateway:
    endpoint: https://gateway/write
    auth: { authenticator: bearertokenauth/gateway }
  prometheusremotewrite/header:
    endpoint: https://u:p%21@gateway/write
    headers: { Authorization: "Bearer \${env:RW_TOKEN}", X-Scope-OrgID: a }
  prometheusremotewrite/plain:
    endpoint: https://gateway/write
    headers: { authorization: "Basic cHVzaDphYmM=" }
  prometheusremotewrite/oauth: { auth: { authenticator: oauth2client } }
  prometheusremotewrite/file: { endpoint: https://x, headers: { Authorization: "\${file:/run/rw}" } }
  prometheusremotewrite/setter: { auth: { authenticator: headers_setter } }
  prometheusremotewrite/aws: { auth: { authenticator: sigv4auth } }
  prometheusremotewrite/lost: { auth: { authenticator: basicauth/nowhere } }
service:
  extensions: [basicauth/grafana_cloud]
`;

describe("prometheus: an OpenTelemetry collector", () => {
    it("finds what its remote-write exporters authenticate with, in them and in their extensions", () => {
        const path = "/etc/otelcol/config.yaml";
        const machine = pretend({
            [path]: CONFIG,
            "/etc/otelcol/token": "tok\n",
            "/run/rw": "Bearer from-file\n",
        });
        const found = prometheus.find([path], {}, machine) as readonly Candidate[];
        assert.deepEqual(found.map(brief), [
            [
                "config.yaml: exporters.prometheusremotewrite/header.headers.Authorization",
                "bearer token",
                undefined,
                "it comes from the variable RW_TOKEN: npm run extract -- environment RW_TOKEN",
            ],
            [
                "config.yaml: exporters.prometheusremotewrite/header.endpoint",
                "basic auth",
                "u",
                "p!",
            ],
            [
                "config.yaml: exporters.prometheusremotewrite/plain.headers.authorization",
                "basic auth",
                "push",
                "abc",
            ],
            [
                "config.yaml: exporters.prometheusremotewrite/file.headers.Authorization (/run/rw)",
                "bearer token",
                undefined,
                "from-file",
            ],
            [
                "config.yaml: extensions.basicauth/grafana_cloud.client_auth.password",
                "basic auth",
                "123456",
                "glc$abc",
            ],
            [
                "config.yaml: extensions.bearertokenauth/gateway.filename (token)",
                "bearer token",
                undefined,
                "tok",
            ],
            [
                "config.yaml: extensions.oauth2client.client_secret",
                "OAuth2 client secret",
                "me",
                "abc",
            ],
            [
                "config.yaml: extensions.headers_setter.headers.Authorization",
                "bearer token",
                undefined,
                "the collector puts it together (${file:...}): give what it gets there",
            ],
        ]);
    });
});
