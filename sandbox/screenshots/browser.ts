import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { provideChromium } from "../toolchain/chromium.ts";

/** How somebody looks at a page. */
export interface View {
    /** Pixels. */
    readonly width: number;
    readonly colorScheme: "light" | "dark";
    readonly media: "screen" | "print";
}

/** What a page looks like on everything it is made for: paper is A4 without its margins. */
export const VIEWS: Readonly<Record<string, View>> = {
    screen: { width: 1280, colorScheme: "light", media: "screen" },
    "screen-dark": { width: 1280, colorScheme: "dark", media: "screen" },
    phone: { width: 390, colorScheme: "light", media: "screen" },
    "phone-dark": { width: 390, colorScheme: "dark", media: "screen" },
    paper: { width: 680, colorScheme: "dark", media: "print" },
};

/** Starts a headless Chromium. */
export async function startBrowser(): Promise<Browser> {
    const { path, environment } = await provideChromium();
    const env = { ...(process.env as Record<string, string>), ...environment };
    return chromium.launch({ executablePath: path, env });
}

/** What a page did that a page of ours must not. */
export interface Opened {
    readonly page: Page;
    /** Addresses it asked for, but its own, and what it complained of. */
    readonly told: readonly string[];
}

/** Opens a file as somebody looks at it. */
export async function openPage(browser: Browser, file: string, view: View): Promise<Opened> {
    const { width, colorScheme, media } = view;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    await page.emulateMedia({ media, colorScheme });
    const url = pathToFileURL(file).href;
    const told: string[] = [];
    page.on("request", (request) => {
        if (request.url() !== url) told.push(request.url());
    });
    page.on("console", (message) => told.push(message.text()));
    page.on("pageerror", (error) => told.push(error.message));
    await page.goto(url);
    return { page, told };
}

/** What axe (https://github.com/dequelabs/axe-core) has against a page, one line each. */
export async function findBarriers(page: Page): Promise<readonly string[]> {
    await page.evaluate(axe.source);
    return page.evaluate<string[]>(
        "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))",
    );
}
