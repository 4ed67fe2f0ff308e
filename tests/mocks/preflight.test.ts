import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { MirrorSettings, Settings } from "../../lib/settings.ts";
import type { Memory } from "../../memory.ts";
import { preflight } from "../../preflight.ts";
import { run, type World } from "../mocks.ts";
import { LocalReceiver } from "./localReceiver.ts";

const PRIVATE = { visibility: "private", archived: false };

/** A stack whose senders use these generations. */
function remember(inUse: Readonly<Record<string, string>>, hasRepository = true): Memory {
    const senders = Object.fromEntries(
        Object.entries(inUse).map(([name, label]) => [name, { accepted: [label], revision: 1 }]),
    );
    return { senders, receivers: {}, hasRepository };
}

function settingsOf(mirror: Partial<MirrorSettings> = {}, probeUrls: string[] = []): Settings {
    const [owner, repository, path, branch] = ["acme", "vault", "dev.yaml.age", "main"] as const;
    const url = "https://push.example/api/v1/write";
    return {
        rotation: "2027",
        length: 48,
        recipients: [],
        mirror: { owner, repository, path, branch, create: true, ...mirror },
        receivers: [
            {
                name: "east",
                kind: "vmauth",
                namespace: "edge",
                secret: "s",
                url,
                upstream: "",
                probeUrls,
            },
        ],
        senders: [],
        projectionLimitSeconds: 300,
    };
}

/** Looks at a world in which the GitHub provider's owner is acme, unless told otherwise. */
async function look(settings: Settings, memory: Memory, world: World = {}): Promise<void> {
    await run({ config: { "github:owner": "acme" }, ...world }, () => preflight(settings, memory));
}

async function refuses(looking: Promise<void>, message: string): Promise<void> {
    await assert.rejects(looking, (error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(error.message, message);
        return true;
    });
}

/** On GitHub: acme/vault. */
function github(vault: object): World {
    return { repositories: { "acme/vault": vault } };
}

describe("preflight, of the mirror", () => {
    const fresh = remember({}, false);
    const settled = remember({ agent: "2027" });

    it("lets the first update make a repository", async () => {
        await look(settingsOf(), fresh);
    });

    it("lets an update use the private repository the stack made", async () => {
        await look(settingsOf(), settled, github(PRIVATE));
    });

    it("lets a stack use a private repository of others", async () => {
        await look(settingsOf({ create: false }), fresh, github(PRIVATE));
    });

    it("refuses a repository that is not there", async () => {
        await refuses(
            look(settingsOf({ create: false }), fresh),
            "mirror.repository acme/vault is not found: " +
                "create it, private, or leave out mirror.create",
        );
    });

    it("refuses to make a repository that is there already", async () => {
        await refuses(
            look(settingsOf(), fresh, github(PRIVATE)),
            "mirror.repository acme/vault exists already: set mirror.create to false to use it",
        );
    });

    for (const visibility of ["public", "internal"]) {
        for (const create of [true, false]) {
            it(`refuses a repository that is ${visibility}, with create: ${create}`, async () => {
                await refuses(
                    look(settingsOf({ create }), settled, github({ ...PRIVATE, visibility })),
                    `mirror.repository acme/vault must be private, it is ${visibility}: ` +
                        "nothing was written; make it private, or name another one",
                );
            });
        }
    }

    it("refuses a repository that is archived", async () => {
        await refuses(
            look(settingsOf(), settled, github({ ...PRIVATE, archived: true })),
            "mirror.repository acme/vault is archived: unarchive it, or name another one",
        );
    });
});

describe("preflight, of the provider's owner", () => {
    const memory = remember({}, false);
    afterEach(() => {
        delete process.env.GITHUB_OWNER;
    });

    for (const [owner, config] of [
        ["not set", {}],
        ["other", { "github:owner": "other" }],
    ] as const) {
        it(`refuses one that is ${owner}`, async () => {
            await refuses(
                look(settingsOf(), memory, { config }),
                `mirror.owner is acme, but the GitHub provider's owner is ${owner}: ` +
                    "pulumi config set github:owner acme",
            );
        });
    }

    it("refuses another one in the environment, which wins", async () => {
        process.env.GITHUB_OWNER = "other";
        await refuses(
            look(settingsOf(), memory),
            "mirror.owner is acme, but the GitHub provider's owner is other: " +
                "pulumi config set github:owner acme",
        );
    });

    it("takes upper and lower case for the same, as GitHub does", async () => {
        await look(settingsOf(), memory, { config: { "github:owner": "Acme" } });
    });
});

describe("preflight, of receivers", () => {
    let east: LocalReceiver;
    const world = github(PRIVATE);
    const rotating = remember({ agent: "2027", prometheus: "2026" });

    beforeEach(async () => {
        east = new LocalReceiver();
        await east.start();
    });
    afterEach(() => east.stop());

    it("pushes without a credential, and is content with a refusal", async () => {
        await look(settingsOf({}, [east.url, east.url]), rotating, world);
        assert.deepEqual(east.asked, [undefined, undefined]);
    });

    it("asks none of them when no sender is about to switch", async () => {
        await look(settingsOf({}, [east.url]), remember({ agent: "2027" }), world);
        await look(settingsOf({}, [east.url]), remember({}), world);
        assert.deepEqual(east.asked, []);
    });

    it("refuses one that takes a push without a credential", async () => {
        east.answer = () => 204;
        await refuses(
            look(settingsOf({}, [east.url]), rotating, world),
            "receiver east is open: it answered 204 to a push without a credential " +
                `at ${east.url}; close it first`,
        );
    });

    it("refuses one that is down", async () => {
        await east.stop();
        await refuses(
            look(settingsOf({}, [east.url]), rotating, world),
            `receiver east: it cannot be reached (ECONNREFUSED) at ${east.url}; ` +
                "start it or mend its url, then run pulumi up again",
        );
    });
});
