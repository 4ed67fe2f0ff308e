import * as z from "zod";

/** What can be done with a credential. */
export const OPERATIONS = [
    "made",
    "mirrored",
    "accepted",
    "proven",
    "switched",
    "refused",
    "retired",
    "extracted",
    "recovered",
] as const;

const meanings = {
    time: "When it was done, ISO 8601, UTC.",
    by: "The run of a continuous integration, or the user, when known.",
    stack: "`organization/project/stack`, as far as it is known.",
    operation:
        "`made` or adopted; `mirrored`: its sealed copy is in the mirror; `accepted`: a receiver is told to accept it; " +
        "`proven`: a receiver was seen to accept it, and to refuse a made-up one; `switched`: a sender is given it; " +
        "`refused`: a receiver was seen to refuse it; `retired`: no receiver accepts it any more; `extracted`: adopted " +
        "from where it was found; `recovered`: opened from the mirror.",
    generation: "The label of the generation.",
    where: "The receiver and its address, the sender, the file, or the place.",
    outcome: "`unproven`: the receiver does not run yet, or could not be waited for.",
    reason: "Why it failed, or is unproven.",
};

/** One line of an audit, as it is published. No secret is in it. */
export const auditSchema = z
    .strictObject({
        format: z.literal(1),
        time: z.iso.datetime().describe(meanings.time),
        by: z.string().describe(meanings.by),
        stack: z.string().describe(meanings.stack),
        operation: z.enum(OPERATIONS).describe(meanings.operation),
        generation: z.string().describe(meanings.generation),
        where: z.string().describe(meanings.where),
        outcome: z.enum(["done", "failed", "unproven"]).describe(meanings.outcome),
        reason: z.string().optional().describe(meanings.reason),
        program: z.string(),
    })
    .describe("One operation on a credential: a line of what PROMETHEUS_WRITE_SECRET_AUDIT names");

export type AuditLine = z.infer<typeof auditSchema>;

/** What was done, as whoever does it tells. */
export type Operation = Pick<AuditLine, "operation" | "generation" | "where"> & {
    readonly outcome?: AuditLine["outcome"];
    readonly reason?: string | undefined;
};

/** The same schema for others: a JSON Schema of draft 7. */
export function auditJsonSchema(): object {
    return z.toJSONSchema(auditSchema, { target: "draft-7" });
}
