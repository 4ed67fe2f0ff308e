import * as z from "zod";
import { isLabel } from "../rotation/generation.ts";

/**
 * RFC 1123, as https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ asks of
 * namespaces.
 */
export const kubernetesName = z
    .string()
    .max(63)
    .regex(
        /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
        "must be lower-case letters, digits and inner dashes",
    );

export const httpUrl = z
    .url({ protocol: /^https?$/, error: "must be an http or https URL" })
    .refine((url) => !URL.canParse(url) || (!new URL(url).username && !new URL(url).password), {
        error: "must not hold a user or password: the credential is what this program makes",
    });

/** Whether a URL leads to this machine alone (RFC 1122, section 3.2.1.3, RFC 4291, RFC 6761). */
export function isLoopback({ hostname }: URL): boolean {
    return /^(127\.\d+\.\d+\.\d+|\[::1\]|(.*\.)?localhost\.?)$/.test(hostname);
}

export const label = z.string().refine(isLabel, {
    error: 'must be 1 to 40 letters and digits, with ".", "_" and "-" inside, and quoted in YAML, such as "2026-11-21"',
});

/** RFC 6750, section 2.1. */
export const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * A password of basic authentication may hold any character but control characters (RFC 7617,
 * section 2).
 */
export const credential = z
    .string()
    .min(1, "must not be empty")
    // eslint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f]*$/, "must be one line without control characters");

/** RFC 7617, section 2: a colon ends the username. */
export const username = z
    .string()
    // eslint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f:]+$/, "must be a username without a colon");

/** A key of the kinds of receivers whose files say which paths a credential opens. */
export const closedPaths = z
    .array(z.string().regex(/^\//, "must begin with /"))
    .optional()
    .describe(
        "Former paths of `url` that the credential no longer opens. They stay open until " +
            "they are listed here, as senders push there until they load their configuration.",
    );
