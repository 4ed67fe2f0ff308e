import assert from "node:assert/strict";
import { prometheus } from "../../../commands/extract/senderFile.ts";
import { find } from "../../support/madeUpMachine.ts";

describe("prometheus: senders with formats of their own", () => {
    const TELEGRAF = `
[agent]
  interval = "10s"
[[outputs.influxdb_v2]]
  token = "not-this-one"
[[outputs.http]]
  url = "https://a/write"
  data_format = "json"
  password = "nor-this"
[[outputs.http]]
  url = "https://b/write"
  data_format = "prometheusremotewrite"
  username = "push"
  password = 'p$w "d'
[[outputs.http]]
  url = "https://c/write"
  data_format = "prometheusremotewrite"
  [outputs.http.headers]
    Authorization = "Bearer $RW_TOKEN"
[[outputs.http]]
  url = "https://d/write"
  data_format = "prometheusremotewrite"
  username = "push"
  password = "@{vault:rw}"
`;
    const told = (text: string) => find(prometheus, text);

    it("finds what Telegraf writes as remote write, and names its variables and stores", async () => {
        assert.deepEqual(await told(TELEGRAF), [
            [
                "f: outputs.http[1].password",
                "basic auth",
                "push",
                "it comes from the variable w: npm run extract -- environment w",
            ],
            [
                "f: outputs.http[2].headers.Authorization",
                "bearer token",
                undefined,
                "it comes from the variable RW_TOKEN: npm run extract -- environment RW_TOKEN",
            ],
            [
                "f: outputs.http[3].password",
                "basic auth",
                "push",
                "it is in a secret store of its own: give what that holds",
            ],
        ]);
    });

    it("finds headers and variables of Fluent Bit, and no other output", async () => {
        const text = `
@SET user=push
[SERVICE]
    Flush 1
[OUTPUT]
    Name loki
    Http_Passwd not-this-one
[output]
    name        prometheus_remote_write
    # http_passwd old
    http_user   \${user}
    http_passwd p w#d
[OUTPUT]
    Name   prometheus_remote_write
    Header Authorization Bearer abc.def
[OUTPUT]
    Name   prometheus_remote_write
    Http_User push
    Http_Passwd \${RW}
`;
        assert.deepEqual(await told(text), [
            ["f: OUTPUT[1].http_passwd", "basic auth", "push", "p w#d"],
            ["f: OUTPUT[2].headers.Authorization", "bearer token", undefined, "abc.def"],
            [
                "f: OUTPUT[3].http_passwd",
                "basic auth",
                "push",
                "it comes from the variable RW: npm run extract -- environment RW",
            ],
        ]);
    });

    it("finds Vector's sinks within a chart's values, and names its secrets", async () => {
        const sink = (auth: object) => ({ type: "prometheus_remote_write", auth });
        const sinks = {
            a: sink({ strategy: "basic", user: "push", password: "SECRET[vault.rw]" }),
            b: sink({ strategy: "bearer", token: "abc" }),
            c: { type: "loki", auth: { strategy: "bearer", token: "not-this-one" } },
        };
        assert.deepEqual(await told(JSON.stringify({ customConfig: { sinks } })), [
            [
                "f: customConfig: sinks.a.auth.password",
                "basic auth",
                "push",
                "it is in a secret store of its own: give what that holds",
            ],
            ["f: customConfig: sinks.b.auth.token", "bearer token", undefined, "abc"],
        ]);
    });

    it("says where TOML is broken, without quoting it", async () => {
        await assert.rejects(told('[sinks.a]\ntoken = "hunter2\n'), {
            message: "/f is no TOML: see line 2, column 17",
        });
    });
});
