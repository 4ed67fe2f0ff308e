import { createHash } from "node:crypto";
import { compareSync, encodeBase64, hashSync } from "bcryptjs";
import { type Generation, valueAt } from "../rotation/generation.ts";
import type { Entry } from "./receiverKind.ts";

const SHA = "{SHA}";
const COST = 10; // what a new hash has everywhere; our values are random, so more makes nobody safer

/** A hash that htpasswd files and their readers know, the same each time. For random values alone. */
export function shaOf(value: string): string {
    return SHA + createHash("sha1").update(value).digest("base64");
}

/** A bcrypt hash that is the same each time, by a salt that is remembered. */
export function bcryptOf(value: string, salt: string): string {
    const bytes = createHash("sha256").update(salt).digest().subarray(0, 16);
    return hashSync(value, `$2a$${COST}$${encodeBase64(bytes, bytes.length)}`);
}

/**
 * A generation's bcrypt hash at a receiver: the one it has, where it has one, as making one takes
 * a while.
 */
export function bcryptAt(generation: Generation, receiver: string): string {
    const { label, bcrypt, values } = generation;
    if (bcrypt !== undefined && values?.[receiver] === undefined) return bcrypt;
    return bcryptOf(valueAt(generation, receiver), `${receiver}/${label}`);
}

/** Whether it is this value's: never of a hash in another form than {@link shaOf} and bcrypt. */
export function isHashOf(hash: string, value: string): boolean {
    if (hash.startsWith(SHA)) return hash === shaOf(value);
    return /^\$2[aby]\$\d\d\$.{53}$/.test(hash) && compareSync(value, hash);
}

/** Whether somebody is let in by this value, which may be there as a hash alone. */
export function isLetInBy({ value: held, hash }: Entry, value: string): boolean {
    return hash === undefined ? held === value : isHashOf(hash, value);
}
