// The page in a real browser. It does not prove how other browsers show it.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { gatherEvidence } from "../../../commands/report/evidence.ts";
import { windowOf } from "../../../commands/report/handOver.ts";
import { renderPage } from "../../../commands/report/page.ts";
import { type Counter, describeTraffic } from "../../../commands/report/traffic.ts";
import { openRepository } from "../../../commands/recover/gitSource.ts";
import { onlyStack, readMirror } from "../../../commands/recover/mirroredStacks.ts";
import {
    findBarriers,
    openPage,
    startBrowser,
    VIEWS,
} from "../../../sandbox/screenshots/browser.ts";
import { MirrorRepository } from "../../support/writtenMirror.ts";

describe("the report's page", function () {
    this.timeout(180_000);
    const mirror = new MirrorRepository();
    let browser: Browser;
    let file: string;

    before(async () => {
        await mirror.make();
        for (const accepted of [["a"], ["b", "a"], ["c", "b"]]) await mirror.rotate(accepted);
        file = join(mirror.directory, "report.html");
        await writeFile(file, await renderOf(mirror));
        browser = await startBrowser();
    });
    after(async () => {
        await browser.close();
        await mirror.remove();
    });

    for (const [name, view] of Object.entries(VIEWS)) {
        it(`asks for nothing, fits, and has no barriers: ${name}`, async () => {
            const { page, told } = await openPage(browser, file, view);
            assert.deepEqual(told, []);
            assert.deepEqual(await findBarriers(page), []);
            const width = await page.evaluate<number>("document.documentElement.scrollWidth");
            assert.equal(width, view.width);
            const charts = await page.locator("figure [role=img]:visible").count();
            assert.equal(charts, 2, "each chart once");
            await page.close();
        });
    }

    it("is light, dark, and light on paper", async () => {
        const backgrounds = ["screen", "screen-dark", "paper"].map(async (name) => {
            const { [name]: view } = VIEWS;
            assert.ok(view);
            const { page } = await openPage(browser, file, view);
            const text = await page.evaluate<string>("getComputedStyle(document.body).color");
            await page.close();
            return text;
        });
        assert.deepEqual(await Promise.all(backgrounds), [
            "rgb(27, 31, 39)",
            "rgb(233, 236, 242)",
            "rgb(27, 31, 39)",
        ]);
    });

    it("is read by its landmarks, headings and tables, at every width", async () => {
        for (const name of ["screen", "phone"]) {
            const { [name]: view } = VIEWS;
            assert.ok(view);
            const { page } = await openPage(browser, file, view);
            const read = await page.locator("body").ariaSnapshot();
            await page.close();
            for (const line of [
                "- banner:",
                "- main:",
                '  - region "The hand-over to c":',
                '      - table "Requests a second, by generation":',
                '      - table "Samples sent and lost, from ',
                '            - rowheader "edge"',
                "  - 'region \"Step by step: c\"':",
                '      - table "What became of each generation, the newest first":',
                '      - table "Every update that was recorded, the newest first":',
                "- contentinfo:",
            ]) {
                assert.ok(read.includes(`\n${line}`) || read.startsWith(line), `${line}\n${read}`);
            }
        }
    });
});

/** The page of a mirror, and of made-up counters of its last rotation. */
async function renderOf({ repository }: MirrorRepository): Promise<string> {
    const source = await openRepository(repository);
    const found = onlyStack(await readMirror(source, {}).finally(() => source.close()));
    const now = new Date("2026-11-30T00:00:00Z");
    const judgement = { source: source.name, now, signed: false, maxAgeDays: 90 };
    const evidence = gatherEvidence(found, judgement);
    const [rotation] = evidence.rotations;
    const update = rotation && windowOf(rotation);
    assert.ok(update);
    const window = { from: update.from - 600, to: update.to + 600 };
    const counter = (labels: Counter["labels"], isOn: (at: number) => boolean): Counter => {
        let value = 0;
        const ats = Array.from({ length: 200 }, (_, index) => window.from + index * 10);
        return { labels, points: ats.map((at) => [at, (value += isOn(at) ? 20 : 0)] as const) };
    };
    const requests = [
        counter({ username: "b" }, (at) => at <= update.from),
        counter({ username: "c" }, (at) => at > update.from),
    ];
    const sent = [counter({ instance: "edge" }, () => true)];
    const lost = [counter({ instance: "edge" }, () => false)];
    const labels = evidence.lives.map(({ label }) => label);
    const traffic = describeTraffic({ requests, sent, lost }, labels, window);
    return renderPage({ evidence, rotation, traffic });
}
