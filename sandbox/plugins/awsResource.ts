// What the resources of the stand-in for the AWS plugin have in common.
import { isDeepStrictEqual } from "node:util";

let region: string | undefined;

/** Where to make everything; the address and the credentials are those of the environment. */
export function useRegion(name: string): void {
    region = name;
}

export const at = () => (region === undefined ? {} : { region });

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
