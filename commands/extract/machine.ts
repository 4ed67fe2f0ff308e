import { readdirSync, readFileSync, statSync } from "node:fs";
import type { Machine, SourceFile } from "./place.ts";

const READABLE_BY_OTHERS = 0o004;
const MOST_BYTES = 64 * 1024 * 1024; // no configuration is as large; a device or a pipe has no size

/** This machine. */
export const machine: Machine = {
    readFile,
    list: (directory) => {
        try {
            return readdirSync(directory).sort();
        } catch {
            return [];
        }
    },
    environment: process.env,
    now: new Date(),
};

function readFile(path: string): SourceFile {
    try {
        const stat = statSync(path);
        if (!stat.isFile()) throw new Error(`${path} is no file: give the file itself`);
        if (stat.size > MOST_BYTES) throw new Error(`${path} is too large: give another file`);
        return {
            text: new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path)),
            modified: stat.mtime,
            exposed: (stat.mode & READABLE_BY_OTHERS) !== 0,
        };
    } catch (error) {
        throw new Error(explain(path, error), { cause: error });
    }
}

/** One line of why a file cannot be read, and what to do. */
export function explain(path: string, error: unknown): string {
    const { code, message } = error as NodeJS.ErrnoException;
    switch (code) {
        case "ENOENT":
        case "ENOTDIR":
            return `there is no file ${path}: check the path`;
        case "EACCES":
        case "EPERM":
            return `${path} cannot be read: run this as a user who may read it`;
        case "ERR_ENCODING_INVALID_ENCODED_DATA":
            return `${path} is no UTF-8 text: give a text file`;
        case undefined:
            return message;
        default:
            return `${path} cannot be read: ${code}`;
    }
}
