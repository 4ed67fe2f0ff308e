import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import type { Page } from "playwright-core";
import { messageOf } from "../../text/messageOf.ts";
import { PROJECT } from "../sandbox.ts";
import { openPage, startBrowser, VIEWS } from "./browser.ts";

const REPORT = join(PROJECT, ".sandbox", "report.html");
const PICTURES = join(PROJECT, ".sandbox", "screenshots");
const CHART = join(PROJECT, "docs", "report.svg");

const command = new Command("npm run screenshots --")
    .description(
        "Takes pictures of a report, as screens, phones and paper show it, and its chart for the documentation.",
    )
    .argument("[file]", "the report", REPORT)
    .showHelpAfterError()
    .action(async (file: string) => {
        if (!existsSync(file)) throw new Error(`there is no ${file}: npm start writes one`);
        await mkdir(PICTURES, { recursive: true });
        const browser = await startBrowser();
        try {
            for (const [name, view] of Object.entries(VIEWS)) {
                const { page } = await openPage(browser, file, view);
                const path = join(PICTURES, `${name}.png`);
                await page.screenshot({ path, fullPage: true });
                console.log(`Wrote ${path}`);
                if (name === "screen") await writeChart(page);
                await page.close();
            }
        } finally {
            await browser.close();
        }
    });

/** The chart of the hand-over on its own: it takes the colours of the page with it. */
async function writeChart(page: Page): Promise<void> {
    const svg = await page.evaluate<string | undefined>(`
        const colours = getComputedStyle(document.documentElement);
        const chart = document.querySelector("[aria-labelledby=hand-over] .wide svg");
        chart?.outerHTML.replaceAll(/var\\((--[a-z0-9-]+)\\)/g, (_, name) => colours.getPropertyValue(name));
    `);
    if (svg === undefined) throw new Error("the report has no chart: it was made without samples");
    const paper = svg.replace(/>/, '><rect width="100%" height="100%" fill="#fff"/>');
    await writeFile(CHART, `${paper}\n`);
    console.log(`Wrote ${CHART}`);
}

try {
    await command.parseAsync();
} catch (error) {
    console.error(`error: ${messageOf(error)}`);
    process.exitCode = 1;
}
