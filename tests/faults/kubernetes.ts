// The Kubernetes API when it is away, and when it refuses to have a Secret written.
import {
    CoreV1Api,
    PatchStrategy,
    RbacAuthorizationV1Api,
    setHeaderOptions,
} from "@kubernetes/client-node";
import { CONFIGURATION, RECEIVER_SECRET, SENDER_SECRET } from "../support/devStack.ts";
import type { Fault } from "./fault.ts";
import { type Field, type Moment, standStill } from "./field.ts";

const SECRET = "kubernetes:core/v1:Secret";
const FILE = "github:index/repositoryFile:RepositoryFile";

/** The receiver's Secret is written once the mirror is. */
const MIRRORED: Moment = { when: "pre", op: "create-replacement", type: FILE, name: /^mirror$/ };
const BEFORE_RECEIVER: Moment = { when: "pre", op: "update", type: SECRET, name: /^vmauth$/ };
/** The sender's is written some seconds later: the gate is before it. */
const AFTER_RECEIVER: Moment = { when: "out", op: "update", type: SECRET, name: /^vmauth$/ };

const where = "Kubernetes";

function apiServerGone(before: string, moment: Moment, quick = false): Fault {
    return {
        name: `API server killed before the ${before}'s Secret is written`,
        where,
        quick,
        run: async (field) => {
            await field.bump();
            let start: (() => Promise<void>) | undefined;
            try {
                await field.upWhile(moment, async () => {
                    start = await field.sandbox.cluster.killApiServer();
                });
            } finally {
                await start?.();
            }
        },
    };
}

function apiServerStill(before: string, moment: Moment): Fault {
    return {
        name: `API server stands still 5 s before the ${before}'s Secret is written`,
        where,
        run: async (field) => {
            await field.bump();
            await field.upWhile(moment, () =>
                standStill(field.sandbox.cluster.pids().apiServer, 5),
            );
        },
    };
}

/** Lets the deployer change only the Secrets named. */
async function permit({ sandbox }: Field, names: readonly string[] | undefined): Promise<void> {
    const { admin, namespace } = sandbox.cluster;
    const rbac = admin.makeApiClient(RbacAuthorizationV1Api);
    const name = "deployer";
    const role = await rbac.readNamespacedRole({ name, namespace });
    const common = { apiGroups: [""], resources: ["secrets", "configmaps"] };
    const events = { apiGroups: [""], resources: ["events"], verbs: ["list", "watch"] };
    const reading = ["get", "list", "watch"];
    const rules = names
        ? [
              { ...common, verbs: reading },
              { ...common, verbs: ["patch"], resourceNames: [...names] },
          ]
        : [{ ...common, verbs: [...reading, "create", "patch", "delete"] }];
    await rbac.replaceNamespacedRole({
        name,
        namespace,
        body: Object.assign(role, { rules: [...rules, events] }),
    });
}

function forbidden(what: string, left: readonly string[], quick = false): Fault {
    return {
        name: `permission to write the ${what}'s Secret revoked`,
        where,
        quick,
        run: async (field) => {
            await field.bump();
            await permit(field, [...left, CONFIGURATION]);
            try {
                await field.upFails(/forbidden/i);
            } finally {
                await permit(field, undefined);
            }
        },
    };
}

/** Another manager takes the content of a Secret as it is, by a forced server-side apply. */
function taken(what: string, name: string): Fault {
    return {
        name: `${what}'s Secret taken by another field manager, and given back`,
        where,
        run: async (field) => {
            await field.bump();
            await apply(field, name, await field.files(name));
            await field.up();
            await apply(field, name, undefined);
        },
    };
}

async function apply(
    { sandbox }: Field,
    name: string,
    files: Readonly<Record<string, string>> | undefined,
): Promise<void> {
    const { admin, namespace } = sandbox.cluster;
    const encode = (text: string) => Buffer.from(text).toString("base64");
    const data = Object.entries(files ?? {}).map(([key, text]) => [key, encode(text)] as const);
    await admin.makeApiClient(CoreV1Api).patchNamespacedSecret(
        {
            name,
            namespace,
            fieldManager: "somebody-else",
            force: true,
            body: {
                apiVersion: "v1",
                kind: "Secret",
                metadata: { name },
                ...(files ? { data: Object.fromEntries(data) } : {}),
            },
        },
        setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply),
    );
}

export const kubernetesFaults: readonly Fault[] = [
    apiServerGone("receiver", MIRRORED),
    apiServerGone("sender", AFTER_RECEIVER, true),
    apiServerStill("receiver", BEFORE_RECEIVER),
    apiServerStill("sender", AFTER_RECEIVER),
    {
        name: "API server restarted behind the gate",
        where,
        run: async (field) => {
            await field.bump();
            await field.upWhile(AFTER_RECEIVER, () => field.sandbox.cluster.restartApiServer());
        },
    },
    forbidden("receiver", [SENDER_SECRET]),
    forbidden("sender", [RECEIVER_SECRET], true),
    taken("sender", SENDER_SECRET),
    taken("receiver", RECEIVER_SECRET),
    {
        name: "etcd stands still 4 s before the receiver's Secret is written",
        where,
        run: async (field) => {
            await field.bump();
            await field.upWhile(BEFORE_RECEIVER, () =>
                standStill(field.sandbox.cluster.pids().etcd, 4),
            );
        },
    },
];
