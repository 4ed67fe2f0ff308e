import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { armor, Decrypter } from "age-encryption";
import { probe } from "../../proof/probe.ts";
import { now } from "../../sandbox/runs/measure.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { RECEIVER_SECRET, REPOSITORY, SEALED_FILE, SENDER_SECRET } from "../support/devStack.ts";

const EVERY_MILLISECONDS = 1000;

/** What must never be seen, and when it was. */
export interface Violation {
    readonly at: number;
    readonly what: string;
}

/** What is looked at; a `Field` is one. */
export interface Watched {
    /** Credentials that faults made up. */
    readonly forged: ReadonlySet<string>;
    /** What the Secret holds, decoded. */
    files(name: string): Promise<Readonly<Record<string, string>>>;
    readonly sandbox: Pick<Sandbox, "identity"> & {
        readonly github: Pick<Sandbox["github"], "file">;
        readonly fleet: Pick<Sandbox["fleet"], "receiverUrl" | "volumes">;
    };
}

/**
 * Looks once a second, through all faults, whether the receiver refuses what the sender's pod has
 * in its file, and whether a Secret holds a credential the mirror has never held.
 */
export class Watcher {
    readonly violations: Violation[] = [];
    looks = 0;
    readonly #field: Watched;
    readonly #mirrored = new Set<string>();
    #sealed = "";
    #ending = false;
    #looking: Promise<void> | undefined;

    constructor(field: Watched) {
        this.#field = field;
    }

    start(): void {
        this.#looking = this.#look();
    }

    async stop(): Promise<void> {
        this.#ending = true;
        await this.#looking;
    }

    /** Throws when something was seen since. */
    check(since: number): void {
        const seen = this.violations.filter(({ at }) => at >= since);
        if (seen.length > 0) throw new Error(seen.map(({ what }) => what).join("; "));
    }

    /** Also called between a failure and the recovery, when everything stands still. */
    async lookAtMirror(): Promise<void> {
        const held = await this.#held().catch(() => undefined); // the API server may be down
        if (!held) return;
        await this.#readMirror();
        const unknown = held.filter(
            (token) => !this.#mirrored.has(token) && !this.#field.forged.has(token),
        );
        if (unknown.length > 0) this.#tell("a Secret holds a credential the mirror never held");
    }

    async #look(): Promise<void> {
        while (!this.#ending) {
            const looks = Promise.all([this.#lookAtSender(), this.lookAtMirror()]);
            await Promise.all([
                looks.catch((error: unknown) => {
                    this.#tell(`cannot be watched: ${String(error)}`);
                }),
                pause(EVERY_MILLISECONDS),
            ]);
            this.looks += 1;
        }
    }

    async #lookAtSender(): Promise<void> {
        const { fleet } = this.#field.sandbox;
        const file = join(fleet.volumes.credential.mount.directory, "token");
        const token = await readFile(file, "utf8");
        const { kind, reason } = await probe(fleet.receiverUrl, { token });
        if (kind === "refused")
            this.#tell(`the receiver refused the sender's credential: ${reason}`);
    }

    /** The credentials in the Secrets. */
    async #held(): Promise<string[]> {
        const { token = "" } = await this.#field.files(SENDER_SECRET);
        const { "auth.yml": auth = "" } = await this.#field.files(RECEIVER_SECRET);
        return [token, ...bearerTokens(auth)];
    }

    async #readMirror(): Promise<void> {
        const { github } = this.#field.sandbox;
        const sealed = await github.file(REPOSITORY, SEALED_FILE);
        if (!sealed?.startsWith("-----BEGIN AGE") || sealed === this.#sealed) return;
        for (const token of bearerTokens(await open(this.#field.sandbox, sealed))) {
            this.#mirrored.add(token);
        }
        this.#sealed = sealed; // not before: another look, under way, would not wait for the tokens
    }

    #tell(what: string): void {
        this.violations.push({ at: now(), what });
    }
}

async function open({ identity }: Watched["sandbox"], sealed: string): Promise<string> {
    const decrypter = new Decrypter();
    decrypter.addIdentity((await readFile(identity, "utf8")).trim());
    return decrypter.decrypt(armor.decode(sealed), "text");
}

/** All bearer tokens in an `auth.yml`, or in a manifest with one in it. */
export function bearerTokens(text: string): string[] {
    return [...text.matchAll(/bearer_token: *"?([\w+/=.-]+)/g)].map(([, token = ""]) => token);
}
