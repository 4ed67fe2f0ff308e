// What people change by hand, behind the engine's back.
import { randomBytes } from "node:crypto";
import { letIn } from "../support/letIn.ts";
import { parse, stringify } from "yaml";
import { RECEIVER_SECRET, REPOSITORY, SEALED_FILE, SENDER_SECRET } from "../support/devStack.ts";
import type { Fault } from "./fault.ts";
import type { Field } from "./field.ts";

const where = "by hand";

interface Auth {
    users: { name: string; bearer_token: string }[];
}

/** Writes a Secret's files as `kubectl edit` does. */
async function write(field: Field, name: string, files: Record<string, string>): Promise<void> {
    const { namespace } = field.sandbox.cluster;
    const secret = await field.core.readNamespacedSecret({ namespace, name });
    secret.stringData = files;
    await field.core.replaceNamespacedSecret({
        namespace,
        name,
        body: secret,
        fieldManager: "kubectl-edit",
    });
}

/**
 * The sender's credential set to the former one, which is still accepted: a wrong one would lose
 * samples at once.
 */
async function editSender(field: Field): Promise<void> {
    const accepted = letIn(await field.files(RECEIVER_SECRET));
    const { token } = await field.files(SENDER_SECRET);
    const former = [...accepted.values()].find((value) => value !== token);
    if (former === undefined) throw new Error("no former generation is accepted");
    await write(field, SENDER_SECRET, { token: former });
}

async function addUser(field: Field): Promise<void> {
    const { "auth.yml": text = "" } = await field.files(RECEIVER_SECRET);
    const auth = parse(text) as Auth;
    const [first] = auth.users;
    if (!first) throw new Error("the receiver accepts nobody");
    const bearer_token = randomBytes(24).toString("hex");
    field.forged.add(bearer_token);
    auth.users.push({ ...first, name: "foreign", bearer_token });
    await write(field, RECEIVER_SECRET, { "auth.yml": stringify(auth, { lineWidth: 0 }) });
}

const CHANGES: Readonly<Record<string, (field: Field) => Promise<void>>> = {
    "sender's Secret edited": editSender,
    "sender's Secret deleted": (field) => field.deleteSecret(SENDER_SECRET),
    "receiver's Secret deleted": (field) => field.deleteSecret(RECEIVER_SECRET),
    "foreign user added to the receiver's Secret": addUser,
    "sealed file edited": ({ sandbox }) =>
        sandbox.github.write(REPOSITORY, SEALED_FILE, "edited by hand\n"),
    "sealed file deleted": ({ sandbox }) =>
        sandbox.github.write(REPOSITORY, SEALED_FILE, undefined),
};

const QUICK = "sender's Secret deleted";
/** Where an update that does not read the Secret or file first goes another way. */
const UNREFRESHED = ["sender's Secret deleted", "receiver's Secret deleted", "sealed file edited"];

function driftFaults(change: string, act: (field: Field) => Promise<void>): Fault[] {
    const overtakes = act === editSender;
    const fault = (then: string, work: (field: Field) => Promise<unknown>): Fault => ({
        name: `${change}, then ${then}`,
        where,
        overtakes,
        run: async (field) => {
            await act(field);
            await work(field);
        },
    });
    const bumped = async (field: Field, ...args: string[]) => {
        await field.bump();
        await field.up(...args);
    };
    return [
        fault("pulumi up", (field) => field.up()),
        { ...fault("a bump and pulumi up", bumped), quick: change === QUICK },
        ...(UNREFRESHED.includes(change)
            ? [
                  fault("a bump and pulumi up --refresh=false", (field) =>
                      bumped(field, "--refresh=false"),
                  ),
              ]
            : []),
    ];
}

export const driftFaultList: readonly Fault[] = Object.entries(CHANGES).flatMap(([change, act]) =>
    driftFaults(change, act),
);
