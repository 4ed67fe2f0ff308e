import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { sha256 as digest } from "../../../rotation/digest.ts";
import type { Recorded } from "../../../update/recorded.ts";
import type { GitHubMirrorSettings } from "../../../settings/mirrorSettings.ts";
import type { Settings } from "../../../settings/settings.ts";
import { parseRemote } from "../../../settings/gitRemote.ts";
import { preflight } from "../../../update/preflight/preflight.ts";
import { GitHttpsHost } from "../../support/hosts/gitHttps.ts";
import { run, type World } from "../../support/mocks.ts";
import {
    GITHUB_MIRROR,
    NOTHING,
    receiverSettings,
    senderSettings,
    settingsOf,
} from "../../support/fleet.ts";
import { renderPrometheus } from "../../../kinds/senders/prometheus.ts";
import { LocalCluster } from "../../support/localCluster.ts";
import { LocalReceiver } from "../../support/localReceiver.ts";

const PRIVATE = { visibility: "private", archived: false };

/** A stack whose senders use these generations. */
function remember(inUse: Readonly<Record<string, string>>, repository?: string): Recorded {
    const senders = Object.fromEntries(
        Object.entries(inUse).map(([name, label]) => [
            name,
            { current: label, accepted: [label], revision: 1 },
        ]),
    );
    return { ...NOTHING, senders, repository };
}

/** Settings with another mirror, or with another place to ask the receiver at. */
function changed(
    mirror: Partial<GitHubMirrorSettings> = {},
    probeUrls: readonly string[] = [],
): Settings {
    const receivers = [receiverSettings({ probeUrls })];
    return settingsOf({ mirror: { ...GITHUB_MIRROR, ...mirror }, receivers });
}

/** Looks at a world in which the GitHub provider's owner is acme, unless told otherwise. */
async function look(settings: Settings, recorded: Recorded, world: World = {}): Promise<void> {
    await run({ config: { "github:owner": "acme" }, ...world }, () =>
        preflight(settings, recorded),
    );
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

const cluster = new LocalCluster();
before(() => cluster.start());
after(() => cluster.stop());

describe("preflight, of the mirror", () => {
    const fresh = remember({});
    const settled = remember({ agent: "2027" }, "vault");

    it("lets the first update make a repository", async () => {
        await look(settingsOf(), fresh);
    });

    it("lets an update use the private repository the stack made", async () => {
        await look(settingsOf(), settled, github(PRIVATE));
    });

    it("lets a stack use a private repository of others", async () => {
        await look(changed({ create: false }), fresh, github(PRIVATE));
    });

    it("refuses a repository that is not there", async () => {
        await refuses(
            look(changed({ create: false }), fresh),
            "prometheus-write-secret:mirror.repository acme/vault is not found: " +
                "create it, private, or leave out mirror.create",
        );
    });

    it("refuses to make a repository that is there already", async () => {
        await refuses(
            look(settingsOf(), fresh, github(PRIVATE)),
            "prometheus-write-secret:mirror.repository acme/vault exists already: set mirror.create to false to use it",
        );
    });

    for (const visibility of ["public", "internal"]) {
        for (const create of [true, false]) {
            it(`refuses a repository that is ${visibility}, with create: ${create}`, async () => {
                await refuses(
                    look(changed({ create }), settled, github({ ...PRIVATE, visibility })),
                    `prometheus-write-secret:mirror.repository acme/vault must be private, it is ${visibility}: ` +
                        "nothing was written; make it private, or name another one",
                );
            });
        }
    }

    it("refuses another repository than the one the stack made, if that is there", async () => {
        await refuses(
            look(settingsOf(), remember({ agent: "2027" }, "former"), github(PRIVATE)),
            "prometheus-write-secret:mirror.repository acme/vault exists already: " +
                "set mirror.create to false to use it",
        );
    });

    it("refuses a repository that is archived", async () => {
        await refuses(
            look(settingsOf(), settled, github({ ...PRIVATE, archived: true })),
            "prometheus-write-secret:mirror.repository acme/vault is archived: unarchive it, or name another one",
        );
    });
});

describe("preflight, of a mirror on any Git host", () => {
    const host = new GitHttpsHost();
    before(() => host.start());
    after(() => host.remove());
    const on = (url: string): Settings =>
        settingsOf({
            mirror: {
                ...{ path: "dev.yaml.age", recordPath: "dev.rotation.json", branch: "main" },
                format: "sealed",
                ...{ remote: parseRemote(url), author: "robot <robot@example.com>" },
                credentials: { username: "oauth2", token: host.token, caFile: host.caFile },
            },
        });

    it("lets an update use one that is private, whatever the GitHub provider is told", async () => {
        await host.create("private.git");
        await look(on(host.url("private.git")), remember({}), { config: {} });
    });

    it("refuses one that everybody reads", async () => {
        await host.create("public.git");
        host.isPublic = true;
        const url = host.url("public.git");
        await refuses(
            look(on(url), remember({})),
            `prometheus-write-secret:mirror.remote ${url} must be private, it can be read without a credential: ` +
                "nothing was written; make it private, or name another one",
        );
    });

    it("warns that SSH cannot be asked, and refuses one that cannot be read", async () => {
        const url = "ssh://git@127.0.0.1:1/repo.git"; // nobody listens there
        const said: string[] = [];
        await assert.rejects(
            run({ said }, () => preflight(on(url), remember({}))),
            /^Error: prometheus-write-secret:mirror\.remote ssh:[^\n]*: it cannot be reached, or broke off: /,
        );
        assert.deepEqual(said, [
            `warning: mirror.remote ${url} cannot be asked over SSH whether it is private: ` +
                "see to it that only those read it who may",
        ]);
    });

    it("says what was changed there since it was pushed, by what stands for each push", async () => {
        host.isPublic = false;
        const repository = await host.create("edited.git");
        const remote = host.url("edited.git");
        const sha256 = { "dev.yaml.age": digest("sealed"), "dev.rotation.json": digest("{}") };
        const { "dev.yaml.age": sealed } = sha256;
        const mirrorPushes = [
            {
                name: "mirror-pushed",
                remote,
                branch: "main",
                sha256: { "dev.yaml.age": sealed },
                repairs: 0,
            },
            { name: "record-pushed", remote, branch: "main", sha256, repairs: 2 },
        ];
        const mirrorFiles = Object.keys(sha256).map((path) => ({
            ...{ repository: remote, branch: "main", path },
        }));
        const found = async () => {
            const recorded = { ...NOTHING, mirrorPushes, mirrorFiles };
            const { result, said } = await run({}, () => preflight(on(remote), recorded));
            return { repairs: result.repairs, said };
        };
        const changed = (paths: string) =>
            `warning: mirror.remote ${remote}: ${paths} changed there, or went, since it was pushed: pulumi up pushes it again`;
        assert.deepEqual(await found(), {
            repairs: { "mirror-pushed": 1, "record-pushed": 3 },
            said: [changed("dev.yaml.age, dev.rotation.json")],
        });
        await repository.commit("dev.yaml.age", "sealed");
        assert.deepEqual(await found(), {
            repairs: { "mirror-pushed": 0, "record-pushed": 3 },
            said: [changed("dev.rotation.json")],
        });
        await repository.commit("dev.rotation.json", "{}");
        assert.deepEqual(await found(), {
            repairs: { "mirror-pushed": 0, "record-pushed": 2 },
            said: [],
        });
    });
});

describe("preflight, of the provider's owner", () => {
    const recorded = remember({});
    afterEach(() => {
        delete process.env.GITHUB_OWNER;
    });

    for (const [owner, config] of [
        ["not set", {}],
        ["other", { "github:owner": "other" }],
    ] as const) {
        it(`refuses one that is ${owner}`, async () => {
            await refuses(
                look(settingsOf(), recorded, { config }),
                `prometheus-write-secret:mirror.owner is acme, but the GitHub provider's owner is ${owner}: ` +
                    "pulumi config set github:owner acme",
            );
        });
    }

    it("refuses another one in the environment, which wins", async () => {
        process.env.GITHUB_OWNER = "other";
        await refuses(
            look(settingsOf(), recorded),
            "prometheus-write-secret:mirror.owner is acme, but the GitHub provider's owner is other: " +
                "pulumi config set github:owner acme",
        );
    });

    it("takes upper and lower case for the same, as GitHub does", async () => {
        await look(settingsOf(), recorded, { config: { "github:owner": "Acme" } });
    });
});

describe("preflight, of receivers", () => {
    let east: LocalReceiver;
    const world = github(PRIVATE);
    const rotating = remember({ agent: "2027", prometheus: "2026" }, "vault");

    beforeEach(async () => {
        east = new LocalReceiver();
        await east.start();
    });
    afterEach(() => east.stop());

    it("pushes without a credential, and is content with a refusal", async () => {
        await look(changed({}, [east.url, east.url]), rotating, world);
        assert.deepEqual(east.asked, [undefined, undefined]);
    });

    it("asks none of them when no sender is about to switch", async () => {
        await look(changed({}, [east.url]), remember({ agent: "2027" }, "vault"), world);
        await look(changed({}, [east.url]), remember({}, "vault"), world);
        assert.deepEqual(east.asked, []);
    });

    it("refuses one that takes a push without a credential", async () => {
        east.answer = () => 204;
        await refuses(
            look(changed({}, [east.url]), rotating, world),
            "prometheus-write-secret:receivers: east is open: it answered 204 to a push without a credential " +
                `at ${east.url}; close it first`,
        );
    });

    it("refuses one that is down", async () => {
        await east.stop();
        await refuses(
            look(changed({}, [east.url]), rotating, world),
            `prometheus-write-secret:receivers: east: it cannot be reached (ECONNREFUSED) at ${east.url}; ` +
                "start it or mend its url, then run pulumi up again",
        );
    });
});

describe("preflight, of a sender's configuration", () => {
    it("refuses one with a plaintext secret, without repeating it", async () => {
        const text = "remote_write: [{url: http://x, bearer_token: hunter2}]\n";
        const senders = [senderSettings({ configuration: { path: "leaky.yml", text } })];
        await refuses(
            look(settingsOf({ senders }), remember({}, "vault"), github(PRIVATE)),
            "prometheus-write-secret:senders: agent: configuration: leaky.yml: remote_write[0].bearer_token holds a " +
                "secret in plain text; put it in a file and give that file's path instead",
        );
    });
});

describe("preflight, of what cannot be without a loss", () => {
    const receiver = {
        ...receiverSettings({ kind: "htpasswd" }),
        usernames: "generation",
    } as const;

    it("refuses a username and a password that are read one after the other", async () => {
        await refuses(
            look(settingsOf({ receivers: [receiver] }), NOTHING, github(PRIVATE)),
            "prometheus-write-secret:receivers: east: htpasswd needs a username a generation, and sender agent reads it and " +
                "the password one after the other: a push made while both change is refused, and lost (docs/receivers.md says " +
                "how seldom). Take a receiver that knows several passwords of one username (vmauth, nginx), or set its " +
                "allowSampleLoss to why that may be",
        );
    });

    it("refuses it for a host, whose files are replaced one after the other", async () => {
        const hosts = [{ name: "west", kind: "host", receiver: "east" }];
        await assert.rejects(
            look(
                settingsOf({ receivers: [receiver], senders: [], hosts }),
                NOTHING,
                github(PRIVATE),
            ),
            /htpasswd needs a username a generation, and sender west reads it and the password/,
        );
    });

    it("lets it through where somebody says why it may be", async () => {
        const receivers = [{ ...receiver, allowSampleLoss: "we lose more to restarts" }];
        await look(settingsOf({ receivers }), NOTHING);
    });
});

describe("preflight, of the username", () => {
    const world = github(PRIVATE);
    const remembering = (...usernames: readonly (string | undefined)[]) => ({
        ...remember({ agent: "2027" }, "vault"),
        logins: { east: Object.fromEntries(usernames.map((one, index) => [`202${index}`, one])) },
    });
    const advice =
        "senders would be refused from then on; set it back, or adopt the credential in a new stack";

    for (const [given, former, says] of [
        ["edge", undefined, "username is edge, but receiver east lets 2020 in with a bearer token"],
        [undefined, "edge", "username is not set, but receiver east lets 2020 in with edge"],
        ["west", "edge", "username is west, but receiver east lets 2020 in with edge"],
    ] as const) {
        it(`refuses ${given ?? "none"} where receivers let senders in by another`, async () => {
            await refuses(
                look(settingsOf({ username: given }), remembering(former, former), world),
                `prometheus-write-secret:${says}: ${advice}`,
            );
        });
    }

    it("refuses one for all where each generation has its own, and the other way round", async () => {
        await refuses(
            look(settingsOf({ usernames: "generation" }), remembering(undefined), world),
            "prometheus-write-secret:username is prometheus-2020, but receiver east lets 2020 in with a " +
                `bearer token: ${advice}`,
        );
        await refuses(
            look(settingsOf({ username: "edge" }), remembering("edge-2020", "edge-2021"), world),
            `prometheus-write-secret:username is edge, but receiver east lets 2020 in with edge-2020: ${advice}`,
        );
    });

    it("lets it be as it was, and one be mended that somebody edited", async () => {
        const username = "edge";
        const receivers = [receiverSettings({ username, probeUrls: [] })];
        const settings = settingsOf({ username, receivers });
        await look(settings, remembering("edge", "edge"), world);
        await look(settings, remembering("mallory", "edge"), world);
    });
});

describe("preflight, of what it warns", () => {
    const world = { config: { "github:owner": "acme" }, ...github(PRIVATE) };
    const recorded = remember({ agent: "2026", prometheus: "2026", third: "2027" }, "vault");
    const said = async (settings: Settings, remembered: Recorded): Promise<readonly string[]> => {
        const receivers = settings.receivers.map((one) => ({ ...one, probeUrls: [] }));
        return (await run(world, () => preflight({ ...settings, receivers }, remembered))).said;
    };

    it("names the sender whose queue restarts, and why", async () => {
        const token = senderSettings().credentialsFile;
        const former = `{ url: http://former, name: a, authorization: { credentials_file: ${token} } }`;
        const configurations = { agent: `remote_write: [${former}, { url: http://other }]\n` };
        assert.deepEqual(await said(settingsOf(), { ...recorded, configurations }), [
            "warning: sender agent will lose what it has not pushed yet when it loads its new " +
                "configuration, because of its URL and the name of its remote_write entry, which changed: " +
                "do it while its queue is empty",
        ]);
    });

    it("says nothing of a configuration that restarts no queue, or is new", async () => {
        const { configuration, credentialsFile } = senderSettings();
        const { name, url } = receiverSettings();
        const former = renderPrometheus(configuration.text, { name, url, credentialsFile });
        const configurations = { agent: `${former}# as it was\n` };
        assert.deepEqual(await said(settingsOf(), { ...recorded, configurations }), []);
        assert.deepEqual(await said(settingsOf(), recorded), []);
    });

    it("names the sender that must be restarted for the new credential, when it gets one", async () => {
        const reader = {
            ...senderSettings(),
            kind: "secret",
            propagationSeconds: 5,
            rereads: false,
        };
        const remembered = (label: string) => ({
            ...recorded,
            senders: { agent: { current: label, accepted: [label], revision: 1 } },
        });
        const settings = settingsOf({ senders: [reader] });
        assert.deepEqual(await said(settings, remembered("2026")), [
            "warning: sender agent reads its credential only when it starts: restart it once this update is " +
                "through, before receivers refuse 2026",
        ]);
        assert.deepEqual(await said(settings, remembered(settings.rotation)), []);
    });

    it("names who loses samples in an emergency, and until when", async () => {
        const emergency = { leaked: "2026", reason: "it is on the internet" };
        assert.deepEqual(await said(settingsOf({ emergency }), recorded), [
            "warning: emergency (it is on the internet): once receivers accept 2027, the next " +
                "update makes them refuse 2026, whoever uses it. agent, prometheus use it now, " +
                "and lose the samples they push until they have read the new one: " +
                "up to 90 s after their Secret changes",
        ]);
    });

    it("says nothing in an emergency that is over", async () => {
        const emergency = { leaked: "2025", reason: "it was on the internet" };
        assert.deepEqual(await said(settingsOf({ emergency }), recorded), []);
    });
});
