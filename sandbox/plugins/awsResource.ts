// What the resources of the stand-in for the AWS plugin have in common.
import { isDeepStrictEqual } from "node:util";

/** Inputs or outputs of a resource. */
export type Properties = Readonly<Record<string, unknown>>;

/** What a refresh finds of a resource. */
export interface Refreshed {
    readonly inputs: Properties;
    readonly outputs?: Properties;
}

/** How resources of one type are made. */
export interface AwsResource {
    /** Inputs that are changed in place; a change of others replaces the resource. */
    readonly updates: readonly string[];
    create(inputs: Properties): Promise<{ id: string; outputs: Properties }>;
    /**
     * What is there of what was asked for, as inputs, and what else is known; undefined where it is
     * gone.
     */
    read(id: string, inputs: Properties): Promise<Refreshed | undefined>;
    update(id: string, inputs: Properties): Promise<unknown>;
    delete(id: string, outputs: Properties): Promise<unknown>;
}

let region: string | undefined;

/** Where to make everything; the address and the credentials are those of the environment. */
export function useRegion(name: string): void {
    region = name;
}

export const at = () => (region === undefined ? {} : { region });

export const text = (properties: Properties, key: string): string => {
    const value = properties[key];
    if (typeof value === "string") return value;
    throw new Error(`${key} must be a text`);
};

export const fixed = () => Promise.reject(new Error("nothing of this resource changes in place"));

/**
 * A policy as recorded where what is there says the same, as services print policies in their own
 * way.
 */
export function samePolicy(recorded: unknown, found = ""): unknown {
    try {
        return isDeepStrictEqual(JSON.parse(String(recorded)), JSON.parse(found))
            ? recorded
            : found;
    } catch {
        return found;
    }
}

const GONE = ["NotFoundException", "ResourceNotFoundException", "NoSuchEntityException"];

/** What AWS answers, or undefined where it says that there is nothing. */
export async function found<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        if (error instanceof Error && GONE.includes(error.name)) return undefined;
        throw error;
    }
}
