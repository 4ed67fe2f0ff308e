// The mirror's repository, and the file of the record in it, when GitHub does not play along.
import type { FaultAnswer } from "../../sandbox/github/proxy.ts";
import { REPOSITORY } from "../support/devStack.ts";
import type { Fault } from "./fault.ts";
import { failed } from "./field.ts";

const FILES = { "sealed file": /\/dev\.yaml\.age/, record: /\/dev\.rotation\.json/ } as const;
const FOR_EVER = 1_000_000;

type File = keyof typeof FILES;

/** The write of a file answered otherwise, until it is mended. */
function refusedWrite(file: File, what: string, answer: FaultAnswer, quick = false): Fault {
    return {
        name: `${file}: ${what}`,
        where: "GitHub",
        quick,
        run: async (field) => {
            await field.bump();
            const undo = field.sandbox.github.fail({ method: "PUT", path: FILES[file] }, answer);
            try {
                await field.up();
            } finally {
                undo();
            }
        },
    };
}

function answers(file: File): Fault[] {
    const rateLimit = () => ({
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + 3),
    });
    const always = { times: FOR_EVER };
    return [
        refusedWrite(file, "409 once", { status: 409 }),
        refusedWrite(file, "409 for ever", { status: 409, ...always }),
        refusedWrite(file, "422 once", { status: 422 }),
        refusedWrite(file, "500, 3 times", { status: 500, times: 3 }),
        refusedWrite(file, "500 for ever", { status: 500, ...always }, file === "sealed file"),
        {
            name: `${file}: 403, rate limit reached`,
            where: "GitHub",
            run: async (field) => {
                await field.bump();
                const { github } = field.sandbox;
                const answer = {
                    status: 403,
                    message: "API rate limit exceeded",
                    headers: rateLimit(),
                };
                const undo = github.fail({ method: "PUT", path: FILES[file] }, answer);
                await field.up().finally(undo);
            },
        },
        refusedWrite(file, "403, secondary rate limit", {
            status: 403,
            message: "You have exceeded a secondary rate limit",
            headers: { "retry-after": "2" },
        }),
        refusedWrite(file, "hangs 5 s, then cut", {
            status: 504,
            cut: { afterSeconds: 5, done: false },
        }),
        refusedWrite(file, "written, but the answer is lost", {
            status: 201,
            cut: { afterSeconds: 0, done: true },
        }),
    ];
}

/**
 * The record is written by the same code as the sealed file, but last: a few tell what is
 * different.
 */
const RECORD = /409 for ever|500 for ever|answer is lost/;

export const githubFaults: readonly Fault[] = [
    ...answers("sealed file"),
    ...answers("record").filter(({ name }) => RECORD.test(name)),
    {
        name: "repository made public behind our back",
        where: "GitHub",
        quick: true,
        run: async (field) => {
            await field.bump();
            await field.sandbox.github.setVisibility(REPOSITORY, "public");
            try {
                await field.upFails(/must be private, it is public/);
            } finally {
                await field.sandbox.github.setVisibility(REPOSITORY, "private");
            }
        },
    },
    {
        name: "token refused",
        where: "GitHub",
        run: async (field) => {
            await field.bump();
            failed(await field.upAs({ GITHUB_TOKEN: "revoked" }), /401/);
        },
    },
    {
        name: "every read answered 503",
        where: "GitHub",
        run: async (field) => {
            await field.bump();
            const undo = field.sandbox.github.fail(
                { method: "GET" },
                { status: 503, times: FOR_EVER },
            );
            await field.up().finally(undo);
        },
    },
];
