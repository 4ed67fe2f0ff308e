import { mkdir, readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import type { Login } from "../../settings/schema.ts";
import type { ReceiverPart } from "../parts/receiverPart.ts";
import type { SenderPart } from "../parts/senderPart.ts";
import { PROJECT, prepareState, type Sandbox } from "../sandbox.ts";
import type { Engine } from "./engine.ts";
import { configurationFile, describeReceiver, initializeStack } from "./stack.ts";

/** What the stack of a trial is told. */
export interface TrialStackOptions {
    /** Names its sender, its receiver and the repository of its mirror. */
    readonly name: string;
    readonly directory: string;
    readonly rotation: string;
    readonly login: Login;
    readonly sender: SenderPart;
    readonly receiver: ReceiverPart;
    /** Where the receiver takes pushes. */
    readonly url: string;
}

/** Makes the stack of a trial, empty, with a state of its own; resolves to its engine. */
export async function openTrialStack(
    sandbox: Sandbox<never>,
    options: TrialStackOptions,
): Promise<Engine> {
    const { directory } = options;
    await mkdir(directory, { recursive: true });
    const engine = sandbox.engine.withEnvironment({
        ...(await prepareState(directory)),
        PULUMI_OPTION_CONFIG_FILE: configurationFile(directory),
    });
    const text = await configure(sandbox, options);
    await initializeStack(engine, { project: PROJECT, directory, text });
    return engine;
}

/** The configuration of the sandbox's stack, with this sender and receiver in place of its own. */
async function configure(
    sandbox: Sandbox<never>,
    { name, rotation, login, sender, receiver, url }: TrialStackOptions,
): Promise<string> {
    const document = parseDocument(await readFile(configurationFile(sandbox.directory), "utf8"));
    const set = (key: string, value: unknown) => {
        const path = key.split(".");
        document.setIn(
            ["config", `prometheus-write-secret:${path[0] ?? ""}`, ...path.slice(1)],
            value,
        );
    };
    document.delete("encryptionsalt"); // of the passphrase of that state
    const place = { name, namespace: sandbox.cluster.namespace };
    const store = sandbox.fleet.store.url;
    set("rotation", rotation);
    if (login.username !== undefined) set("username", login.username);
    set("mirror.repository", `${name}-credentials`);
    set("receivers", [describeReceiver(receiver, { name, url, store })]);
    set("senders", [{ ...place, kind: sender.kind, ...sender.settings({ login }) }]);
    return document.toString({ lineWidth: 0 });
}
