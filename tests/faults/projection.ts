// Pods that see their Secrets at other times than one would like.
import type { Fault } from "./fault.ts";
import { type Field, standStill, succeeded } from "./field.ts";

const where = "kubelet";
const DELAY_SECONDS = 0.2; // the sandbox's own

/** Does `work` while the pods see changes so many seconds late. */
async function late(
    { sandbox }: Field,
    seconds: { readonly auth?: number; readonly credential?: number },
    work: () => Promise<void>,
): Promise<void> {
    const { auth, credential } = sandbox.fleet.volumes;
    auth.delaySeconds = seconds.auth ?? DELAY_SECONDS;
    credential.delaySeconds = seconds.credential ?? DELAY_SECONDS;
    try {
        await work();
    } finally {
        auth.delaySeconds = DELAY_SECONDS;
        credential.delaySeconds = DELAY_SECONDS;
    }
}

export const projectionFaults: readonly Fault[] = [
    {
        name: "sender sees its Secret at once",
        where,
        overtakes: true,
        run: (field) =>
            late(field, { credential: 0 }, async () => {
                await field.rotate();
                await field.seen();
            }),
    },
    {
        name: "sender sees its Secret 120 s late",
        where,
        overtakes: true,
        run: (field) =>
            late(field, { credential: 120 }, async () => {
                await field.rotate();
                await field.seen();
            }),
    },
    {
        name: "receiver sees its Secret 15 s late",
        where,
        run: async (field) => {
            await field.bump();
            const up = () => field.upWith({ projectionLimitSeconds: 25 });
            await late(field, { auth: 15 }, async () => {
                succeeded(await up());
            });
        },
    },
    {
        name: "two rotations in a row, sender 18 s late",
        where,
        overtakes: true,
        run: (field) =>
            late(field, { credential: 18 }, async () => {
                await field.rotate();
                await field.rotate();
                await field.seen();
            }),
    },
    {
        name: "three rotations in a row, sender an hour late",
        where,
        overtakes: true,
        run: (field) =>
            late(field, { credential: 3600 }, async () => {
                await field.rotate();
                await field.rotate();
                await field.rotate();
            }),
    },
    {
        name: "there and back again, sender 8 s late",
        where,
        overtakes: true,
        run: (field) =>
            late(field, { credential: 8 }, async () => {
                const former = field.keeper;
                await field.rotate();
                await field.rotate(former);
                await field.seen();
            }),
    },
    {
        name: "backlog of 8 s at the switch",
        where: "sender",
        overtakes: true,
        run: async (field) => {
            await standStill(field.receiver.pid, 8);
            await field.rotate();
        },
    },
    {
        name: "backlog that grows while the update begins",
        where: "sender",
        overtakes: true,
        run: async (field) => {
            await field.bump();
            const [outcome] = await Promise.all([field.up(), standStill(field.receiver.pid, 8)]);
            succeeded(outcome);
        },
    },
];
