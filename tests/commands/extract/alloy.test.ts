import assert from "node:assert/strict";
import { prometheus } from "../../../commands/extract/senderFile.ts";
import type { Candidate } from "../../../commands/extract/place.ts";
import { brief, pretend } from "../../support/madeUpMachine.ts";

function find(text: string, path = "/etc/alloy/config.alloy"): readonly Candidate[] {
    const machine = pretend({ "/etc/alloy/token": "tok\n", "/run/pw": "pw\n", [path]: text });
    return prometheus.find([path], {}, machine) as readonly Candidate[];
}

const CONFIG = `
logging { level = "info" }

// What is scraped
prometheus.scrape "node" {
  targets    = [{ "__address__" = "localhost:9100", "job" = "node" }]
  forward_to = [prometheus.remote_write.default.receiver]
  basic_auth { password = "not-this-one" }
}

local.file "token" {
  filename  = "/etc/alloy/token"
  is_secret = true
}

remote.kubernetes.secret "rw" { namespace = "monitoring" name = "rw" }

/* two stores,
   and more */
prometheus.remote_write "default" {
  external_labels = { cluster = "eu-1" }
  endpoint {
    name = "mimir"
    url  = "https://mimir.example.com/api/v1/push" // "push"
    basic_auth {
      username = "123456"
      password = "p\\"a\\\\ss\\u00e9"
    }
    headers = {
      "X-Scope-OrgID" = "team-a",
      "X-Api-Key"     = "key-1",
    }
    queue_config { capacity = 10000 }
  }
  endpoint {
    url = "https://b"
    basic_auth {
      username      = sys.env("RW_USER")
      password_file = "/run/pw"
    }
  }
  endpoint {
    url          = "https://c"
    bearer_token = nonsensitive(local.file.token.content)
  }
  endpoint {
    url          = "https://d"
    bearer_token = env("RW_TOKEN")
  }
  endpoint {
    url = "https://e"
    authorization {
      type        = "Bearer"
      credentials = remote.kubernetes.secret.rw.data["token"]
    }
  }
}

declare "mine" {
  prometheus.remote_write "inner" {
    endpoint {
      url = "https://f"
      oauth2 { client_id = "me" client_secret = \`raw\\n\` }
    }
  }
}
`;

describe("prometheus: Grafana Alloy", () => {
    const at = "config.alloy: prometheus.remote_write.default.endpoint";

    it("finds what stands in endpoints and in files, and names what Alloy gets elsewhere", () => {
        // A block on one line takes one attribute: Alloy itself refuses the second.
        const text = CONFIG.replaceAll('"me" client_secret', '"me"\n client_secret').replaceAll(
            '"monitoring" name',
            '"monitoring"\n name',
        );
        assert.deepEqual(find(text).map(brief), [
            [`${at}[0].basic_auth.password`, "basic auth", "123456", 'p"a\\ssé'],
            [`${at}[0].headers.X-Api-Key`, "custom header", undefined, "key-1"],
            [`${at}[1].basic_auth.password_file (/run/pw)`, "basic auth", undefined, "pw"],
            [`${at}[2].bearer_token (/etc/alloy/token)`, "bearer token", undefined, "tok"],
            [
                `${at}[3].bearer_token`,
                "bearer token",
                undefined,
                "it comes from the variable RW_TOKEN: npm run extract -- environment RW_TOKEN",
            ],
            [
                `${at}[4].authorization.credentials`,
                "bearer token",
                undefined,
                "it is in the Secret rw, key token: npm run extract -- kubernetes monitoring/rw:token",
            ],
            [
                "config.alloy: prometheus.remote_write.inner.endpoint[0].oauth2.client_secret",
                "OAuth2 client secret",
                "me",
                "raw\\n",
            ],
        ]);
    });

    it("knows the syntax without the ending of the name", () => {
        const text = 'prometheus.remote_write "x" {\n endpoint {\n  bearer_token = "abc"\n }\n}\n';
        assert.deepEqual(find(text, "/etc/agent/config").map(brief), [
            [
                "config: prometheus.remote_write.x.endpoint[0].bearer_token",
                "bearer token",
                undefined,
                "abc",
            ],
        ]);
    });

    it("does not compute an expression with a secret in it, nor show it", () => {
        const text =
            'prometheus.remote_write "x" {\n endpoint {\n  bearer_token = hunter2 + join(["2"], "")\n }\n}\n';
        assert.deepEqual(find(text).map(brief), [
            [
                "config.alloy: prometheus.remote_write.x.endpoint[0].bearer_token",
                "bearer token",
                undefined,
                "Alloy computes it: look where that gets it",
            ],
        ]);
    });

    const refused: readonly (readonly [string, string, number])[] = [
        ["a string without an end", 'a "b" {\n  c = "hunter2\n}\n', 2],
        ["a block without an end", 'a "b" {\n  c = "hunter2"\n', 2],
        ["a bracket without an end", 'a "b" {\n  c = ["hunter2"\n}\n', 3],
        ["an attribute without a name", 'a "b" {\n  = "hunter2"\n}\n', 2],
    ];
    for (const [what, text, line] of refused) {
        it(`refuses ${what}, by its line`, () => {
            assert.throws(() => find(text), {
                message: `config.alloy is no Alloy file: see line ${line}`,
            });
        });
    }
});
