import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";

/** Seconds within which a text must have been read. */
export const READ_SECONDS = 10;

/** What a GET was answered. */
export interface TextAnswer {
    readonly status: number;
    readonly text: string;
}

/**
 * Reads what is at a URL, without a credential. `authorities`, in PEM, are those to believe instead
 * of Node's: `fetch` takes none.
 *
 * No redirect is followed: it may lead to where the configuration does not, such as to plain http.
 */
export function readText(url: URL, authorities?: string): Promise<TextAnswer> {
    const options = {
        signal: AbortSignal.timeout(READ_SECONDS * 1000),
        ...(authorities === undefined ? {} : { ca: authorities }),
    };
    return new Promise((resolve, reject) => {
        const request = url.protocol === "https:" ? httpsRequest : httpRequest;
        request(url, options, (response) => {
            const { statusCode: status = 0 } = response;
            text(response).then((read) => {
                resolve({ status, text: read });
            }, reject);
        })
            .on("error", reject)
            .end();
    });
}
