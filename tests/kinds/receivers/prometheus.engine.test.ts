// promtool's word on our web.yml, and a rotation through a real Prometheus that takes pushes by it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { prometheus } from "../../../kinds/receivers/prometheus.ts";
import { provideTools } from "../../../sandbox/toolchain/toolchain.ts";
import { receiverSettings } from "../../support/fleet.ts";
import { useSandbox } from "../../support/fixture.ts";
import { describeRotation } from "../../support/receiverStory.ts";

describe("web.yml", function () {
    this.timeout(120_000);
    let directory = "";
    before(async () => {
        directory = await mkdtemp(join(tmpdir(), "web-"));
    });
    after(() => rm(directory, { recursive: true, force: true }));

    it("is one by promtool's word, whatever generations are called", async () => {
        const { promtool } = await provideTools(["promtool"]);
        const file = join(directory, "web.yml");
        for (const username of [undefined, "2027", "on", "rw: 'a' \"b\" #c"]) {
            const generations = ["2027-01", "1e3"].map((label) => ({
                label,
                value: `value of ${label}`,
                ...(username !== undefined && { username: `${username}-${label}` }),
            }));
            const files = prometheus.render(receiverSettings({ kind: "prometheus" }), generations);
            await writeFile(file, files["web.yml"] ?? "");
            await execa(promtool.path, ["check", "web-config", file]);
        }
    });
});

describe("a rotation through Prometheus", function () {
    this.timeout(300_000);
    const stage = useSandbox("prometheus");
    describeRotation(stage, { counts: false });
});
