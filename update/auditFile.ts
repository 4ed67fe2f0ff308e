import { appendFileSync } from "node:fs";
import packageJson from "../package.json" with { type: "json" };
import type { AuditLine, Operation } from "../rotation/audit.ts";
import { findAuthor } from "../rotation/record.ts";
import { messageOf } from "../text/messageOf.ts";

/** Names the file that operations are appended to, or standard error. Nothing is told without it. */
export const AUDIT = "PROMETHEUS_WRITE_SECRET_AUDIT";
const STANDARD_ERROR = "stderr";

/** Whether operations are told. */
export function isAudited(): boolean {
    return Boolean(process.env[AUDIT]);
}

/** Throws a one-line error where operations are to be told and cannot be. */
export function requireAudit(): void {
    write("");
}

/**
 * Tells of an operation on a credential of a stack.
 *
 * A line is appended at once, so that updates of several stacks may share a file. Never throws: what
 * was done was done, and {@link requireAudit} has looked before.
 */
export function appendAudit(stack: string, { outcome = "done", ...operation }: Operation): void {
    const line: AuditLine = {
        format: 1,
        time: new Date().toISOString(),
        by: findAuthor(process.env),
        stack,
        ...operation,
        outcome,
        program: packageJson.version,
    };
    try {
        write(`${JSON.stringify(line)}\n`);
    } catch (error) {
        process.stderr.write(`${messageOf(error)}\n`);
    }
}

function write(text: string): void {
    const { [AUDIT]: target } = process.env;
    if (target === undefined || target === "") return;
    if (target === STANDARD_ERROR) {
        process.stderr.write(text);
        return;
    }
    try {
        appendFileSync(target, text, { mode: 0o600 });
    } catch (cause) {
        const { code = "" } = cause as NodeJS.ErrnoException;
        throw new Error(
            `${AUDIT}: ${target} cannot be written: ${code}; name a file, or ${STANDARD_ERROR}`,
            { cause },
        );
    }
}
