import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
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
    look: (path) => {
        try {
            const stat = lstatSync(path);
            const kind = stat.isDirectory() ? "directory" : stat.isFile() ? "file" : "other";
            return { kind, size: stat.size };
        } catch {
            return undefined;
        }
    },
    tell: (line) => {
        console.error(line);
    },
    environment: process.env,
    now: new Date(),
};

function readFile(path: string): SourceFile {
    try {
        const stat = statSync(path);
        if (!stat.isFile()) throw new Error(`${path} is no file: give the file itself`);
        if (stat.size > MOST_BYTES) throw new Error(`${path} is too large: give another file`);
        const bytes = readFileSync(path);
        if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
            throw new Error(`${path} is compressed: gunzip it, and give what comes out`);
        }
        return {
            text: new TextDecoder("utf-8", { fatal: true }).decode(bytes),
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
