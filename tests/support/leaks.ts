import * as pulumi from "@pulumi/pulumi";
import { deriveSigningKey } from "../../mirror/signingKey.ts";
import type { Run } from "./mocks.ts";

/**
 * Which resources, or outputs of components, tell one of these values outside a secret, plain or
 * base64.
 */
export function leaks(run: Run<unknown>, values: readonly string[]): readonly string[] {
    const forms = values.flatMap(formsOf);
    const tells = (content: unknown): boolean =>
        [...plainTexts(content)].some((text) => forms.some((form) => text.includes(form)));
    const telling = run.requests.filter((request) => {
        const rest = { ...request.toObject(), object: undefined, replacementTrigger: undefined };
        const structures = [request.getObject(), request.getReplacementTrigger()];
        return tells([rest, ...structures.map((structure) => structure?.toJavaScript())]);
    });
    const ids = telling.map((request) => `${request.getType()} ${request.getName()}`);
    return [...ids, ...(tells(run.outputs) ? ["outputs"] : [])];
}

/** Every text, keys too, that is not inside a secret. */
function* plainTexts(content: unknown): Generator<string> {
    if (typeof content === "string") yield content;
    if (typeof content !== "object" || content === null) return;
    const { [pulumi.runtime.specialSigKey]: signature } = content as Record<string, unknown>;
    if (signature === pulumi.runtime.specialSecretSig) return;
    for (const [key, value] of Object.entries(content)) {
        yield key;
        yield* plainTexts(value);
    }
}

/** A value as it is, and as base64 shows it at any place in a longer text. */
function formsOf(value: string): readonly string[] {
    const encoded = ["", "-", "--"].map((before) => {
        const text = Buffer.from(before + value).toString("base64");
        // The first and last digits also depend on what stands before and after.
        return text.slice(Math.ceil((before.length * 4) / 3)).replace(/.=*$/, "");
    });
    return [value, ...encoded];
}

/**
 * The private key that records are signed with, in the forms a program may write it: its 32 bytes
 * in hex, and its file without its heading.
 */
export function formsOfKey(text: string): readonly string[] {
    const key = deriveSigningKey(text);
    const { d = "" } = key.export({ format: "jwk" });
    const pem = key.export({ format: "pem", type: "pkcs8" }).toString();
    return [Buffer.from(d, "base64url").toString("hex"), d, pem.split("\n")[1] ?? ""];
}
