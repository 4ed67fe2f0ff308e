import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import type { AuditLine } from "../../rotation/audit.ts";
import { AUDIT } from "../../update/auditFile.ts";
import type { Deployment } from "./deployment.ts";
import type { Stage } from "./stage.ts";

/** A stack whose operations are told, into a file that is searched for secrets with the others. */
export class Audited {
    /** The stage's, with the audit in its environment. */
    readonly deployment: Deployment;
    readonly #file: string;

    constructor({ sandbox, deployment }: Pick<Stage, "sandbox" | "deployment">, name: string) {
        this.#file = join(sandbox.directory, `${name}.jsonl`);
        this.deployment = deployment.withEnvironment({ [AUDIT]: this.#file });
    }

    /** What was told since the last time, each line as its published schema has it. */
    read(): readonly AuditLine[] {
        const lines = this.#lines().slice(this.#seen);
        this.#seen += lines.length;
        return lines.map((line) => {
            const told = JSON.parse(line) as AuditLine;
            assert.ok(published()(told), line);
            return told;
        });
    }

    /** The same, as operation, generation, where and outcome. */
    brief(): readonly string[] {
        return this.read().map(({ operation, generation, where, outcome }) =>
            [operation, generation, where, outcome].join(" | "),
        );
    }

    #seen = 0;

    #lines(): readonly string[] {
        try {
            return readFileSync(this.#file, "utf8").split("\n").filter(Boolean);
        } catch {
            return [];
        }
    }
}

/** Judges a line by the schema in `docs/`. */
export function published(): ValidateFunction {
    const schema = JSON.parse(readFileSync("docs/audit.schema.json", "utf8")) as object;
    return new Ajv({ allErrors: true, validateFormats: false }).compile(schema);
}
