import type { Sample } from "./bench.ts";
import type { Operation } from "./operations.ts";
import { median } from "./statistics.ts";
import type { SubjectName } from "./subjects.ts";

/** Samples, by what they are of. */
export class Samples {
    readonly senders: readonly number[];
    readonly #all: readonly Sample[];

    constructor(all: readonly Sample[]) {
        this.#all = all;
        this.senders = [...new Set(all.map(({ senders }) => senders))];
    }

    of(senders: number, operation: Operation, subject: SubjectName): readonly Sample[] {
        return this.#all.filter(
            (one) =>
                one.senders === senders && one.operation === operation && one.subject === subject,
        );
    }

    /** The median of something, or undefined where it was not measured. */
    median(
        senders: number,
        operation: Operation,
        subject: SubjectName,
        value: (sample: Sample) => number | undefined,
    ): number | undefined {
        const values = this.of(senders, operation, subject).flatMap((one) => value(one) ?? []);
        return values.length === 0 ? undefined : median(values);
    }

    /** The median of the ratios of the seconds within each run. */
    ratio(
        senders: number,
        operation: Operation,
        subject: SubjectName,
        to: SubjectName,
    ): number | undefined {
        const divide = (one: Sample, other: Sample) => one.seconds / other.seconds;
        return this.compare(senders, operation, [subject, to], divide);
    }

    /** The median of what comes of two subjects' samples, run by run. */
    compare(
        senders: number,
        operation: Operation,
        [subject, to]: readonly [SubjectName, SubjectName],
        combine: (one: Sample, other: Sample) => number,
    ): number | undefined {
        const base = this.of(senders, operation, to);
        const combined = this.of(senders, operation, subject).flatMap((one) => {
            const other = base.find(({ run }) => run === one.run);
            return other ? [combine(one, other)] : [];
        });
        return combined.length === 0 ? undefined : median(combined);
    }

    /** How often everything was measured, in words. */
    describeRuns(): string {
        const runs = this.senders.map((senders) => {
            const count = this.of(senders, "first up", "program").length;
            return `${count} times with ${senders} ${senders === 1 ? "sender" : "senders"}`;
        });
        return runs.join(", ");
    }
}
