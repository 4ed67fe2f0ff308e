import type { Field } from "./field.ts";

/** One way to break a rotation. */
export interface Fault {
    /** Unique. */
    readonly name: string;
    /** What is broken. */
    readonly where: string;
    /** Whether `--quick` runs it. Defaults to false. */
    readonly quick?: boolean;
    /**
     * Whether it rotates while the sender's pod may still use a generation that is not the newest,
     * so that only the receivers' counters tell. Defaults to false.
     */
    readonly overtakes?: boolean;
    /**
     * Breaks something, tries to rotate, and mends what it broke. Throws when the program did not
     * do what it should.
     */
    run(field: Field): Promise<void>;
}
