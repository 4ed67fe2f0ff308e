import * as github from "@pulumi/github";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { renderRecord } from "../../../rotation/record.ts";

const namespace = "monitoring";
const token = pulumi.secret("a-token-somebody-made-by-hand-01");

new kubernetes.core.v1.Secret("by-hand", {
    metadata: { namespace, name: "by-hand" },
    stringData: { token },
});
new kubernetes.core.v1.ConfigMap("agent", {
    metadata: { namespace, name: "agent" },
    data: {
        "prometheus.yml": pulumi.interpolate`remote_write:
  - url: http://push.example.com/api/v1/write
    authorization: { credentials: "${token}" }
`,
    },
});
new github.Repository("mirror", { name: "open-mirror", visibility: "public" });
new random.RandomPassword("short", { length: 12 });
new pulumi.Stash("sealed", { input: { recipients: ["age1one"], files: {}, message: "" } });
new pulumi.Stash("record", {
    input: {
        content: renderRecord({
            ...{ format: 1, stack: "dev", generation: "2020-01-01", previous: null },
            ...{ accepted: ["2020-01-01"], retired: [], revision: 0 },
            finished: "2020-01-01T00:00:00.000Z",
            ...{ proven: [], senders: [], by: "somebody", program: "0.1.0", sealedSha256: "" },
        }),
    },
});
