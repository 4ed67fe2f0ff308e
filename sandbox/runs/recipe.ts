import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { shaOf } from "../../kinds/hash.ts";
import { kindOfSender } from "../../kinds/senders.ts";
import { freePort, type Part, waitFor } from "../parts/process.ts";
import { provideReceiver } from "../parts/receiverParts.ts";
import type { SenderPart } from "../parts/senderPart.ts";
import { provideSender, type RunningSender } from "../parts/senderParts.ts";
import type { Sandbox } from "../sandbox.ts";
import { type ScrapeCount, type Scrapes, startScrapes } from "./scrapes.ts";

const LOGIN = { username: "edge" };
const PAUSE_SECONDS = 5; // as the published script has it

/**
 * Rotates as Grafana publishes it (alloy-scenarios, `vault-secrets`, 2026): a script writes the new
 * password into the htpasswd file of an nginx, pauses, and gives it to the sender.
 *
 * There the sender asks a Vault every 30 s, so that it loses what it sends until then, too; here it
 * reads the file at its next request, and loses what the pause alone costs.
 */
export async function runRecipe(
    sandbox: Sandbox<never>,
    sender: RunningSender,
): Promise<ScrapeCount> {
    const parts: Pick<Part, "stop">[] = [];
    try {
        const { scrapes, rotate } = await startRecipe(sandbox, sender, parts);
        const from = await scrapes.begin();
        await rotate();
        await waitFor("enough samples", () => scrapes.suffice(from), { withinSeconds: 60 });
        return await scrapes.count(from);
    } finally {
        for (const part of parts.toReversed()) await part.stop();
    }
}

/** Starts what the recipe rotates, and says how; `started` takes what is to be stopped. */
async function startRecipe(
    { directory, fleet, tools }: Sandbox<never>,
    kind: RunningSender,
    started: Pick<Part, "stop">[],
): Promise<{ readonly scrapes: Scrapes; readonly rotate: () => Promise<void> }> {
    const source = `${kind}-recipe`;
    const pods = join(directory, source);
    const [store, logs, port] = [fleet.store.url, join(directory, "logs"), await freePort()];
    const url = `http://127.0.0.1:${port}/api/v1/write`;
    const sender = await provideSender(kind);
    const receiver = await provideReceiver("htpasswd", {
        vmauth: tools.vmauth.path,
        prometheus: tools.prometheus.path,
    });
    const scrapes = await startScrapes(source, store);
    started.push(scrapes);
    const at = (part: string) => ({ name: `${source}-${part}`, pod: join(pods, part), logs });
    const hand = handOf(sender, at("receiver").pod, at("sender").pod);
    const first = newPassword();
    await hand.giveReceiver(first);
    await hand.giveSender(first);
    started.push(await receiver.start({ ...at("receiver"), port, store }));
    const { target } = scrapes;
    started.push(await sender.start({ ...at("sender"), target, url, login: LOGIN }));
    const rotate = async () => {
        const password = newPassword();
        await hand.giveReceiver(password);
        await pause(PAUSE_SECONDS * 1000);
        await hand.giveSender(password);
    };
    return { scrapes, rotate };
}

interface Hand {
    readonly giveReceiver: (password: string) => Promise<void>;
    readonly giveSender: (password: string) => Promise<void>;
}

/** Writes the files of an nginx and of a sender, where their pods find them. */
function handOf(part: SenderPart, receiverPod: string, senderPod: string): Hand {
    const { kind } = part;
    const name = "by-hand";
    const told = { name, namespace: name, secret: name, receiver: name };
    const settings = { ...told, ...part.settings({ login: LOGIN }), kind };
    const target = { name, url: "", ...LOGIN };
    return {
        giveReceiver: (password) => {
            const auth = `${LOGIN.username}:${shaOf(password)}\n`;
            return writeFiles(join(receiverPod, "auth"), { auth });
        },
        giveSender: (value) => {
            const files = kindOfSender({ kind }).credential(settings, target, { value });
            return writeFiles(join(senderPod, "write-credential"), files);
        },
    };
}

function newPassword(): string {
    return randomBytes(24).toString("hex");
}

async function writeFiles(directory: string, files: Readonly<Record<string, string>>) {
    await mkdir(directory, { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
}
