import { lookup } from "node:dns/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { isIP } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { authorizationOf } from "../rotation/authorization.ts";
import { codeOf, describeFailure } from "./failure.ts";
import { isUnroutable } from "./routes.ts";
import { judge, type Verdict } from "./verdict.ts";
import { EMPTY_WRITE_REQUEST } from "./writeRequest.ts";

/** What is pushed, and where to. */
export interface Push {
    /** The bearer token, or the password of `username`; none means no `Authorization` header. */
    readonly token?: string | undefined;
    /** The username of basic authentication. Defaults to none: a bearer token. */
    readonly username?: string | undefined;
    /** What a status says of a credential at this receiver. Defaults to {@link judge}. */
    readonly verdict?: ((status: number) => Verdict["kind"]) | undefined;
    /** The body. Defaults to a request without series, which stores nothing. */
    readonly body?: Uint8Array;
    /** The address to connect to. Defaults to any the host name has. */
    readonly address?: string;
    /** The authorities to believe, in PEM. Defaults to Node's. */
    readonly authorities?: string | undefined;
}

const REQUEST_SECONDS = 10; // vmauth 1.150 holds back its answer to a wrong credential for 2 to 3 s

/**
 * Asks a receiver, by a remote-write request on a fresh connection, whether it accepts a
 * credential.
 *
 * Rests on the remote-write specification (senders drop on 4xx,
 * https://prometheus.io/docs/specs/prw/remote_write_spec/) and on Prometheus, Thanos, and
 * VictoriaMetrics answering 2xx to a request without series. Never throws: whatever goes wrong is
 * `unknown`, and no verdict holds the token.
 */
export async function probe(url: string, push: Push = {}): Promise<Verdict> {
    return (await ask(url, push)).verdict;
}

/** A verdict, and the code of what went wrong, if anything did. */
interface Answer {
    readonly verdict: Verdict;
    readonly code?: string;
}

async function ask(url: string, push: Push): Promise<Answer> {
    try {
        const status = await send(new URL(url), push);
        const kind = (push.verdict ?? judge)(status);
        return { verdict: { kind, reason: `it answered ${status}` } };
    } catch (error) {
        const reason = describeFailure(error, REQUEST_SECONDS);
        return { verdict: { kind: "unknown", reason }, code: codeOf(error) };
    }
}

/** How thoroughly {@link probeAll} asks. */
export interface Thoroughness {
    readonly token?: string | undefined;
    readonly username?: string | undefined;
    readonly verdict?: Push["verdict"];
    readonly authorities?: string | undefined;
    /** The verdict hoped for: the first other one ends the asking. */
    readonly expected: "accepted" | "refused";
    /**
     * Fresh connections, one after the other, to each address: several replicas may share one.
     * Defaults to 1.
     */
    readonly connections?: number;
    /** Finds the addresses of a host name. Defaults to the system's way. */
    readonly addressesOf?: (host: string) => Promise<readonly string[]>;
}

/**
 * Asks every address the host name has; returns the first verdict that is not the expected one,
 * else that one.
 *
 * Many machines, such as hosted runners of CI, have no way to any IPv6 address: a family of
 * addresses that nothing leads to from here is left out, and the verdict says so, while the other
 * one answers. An address that something leads to must answer.
 */
export async function probeAll(url: string, thoroughness: Thoroughness): Promise<Verdict> {
    const { expected, addressesOf = lookUp } = thoroughness;
    let addresses: readonly string[];
    try {
        addresses = await addressesOf(new URL(url).hostname.replace(/^\[|\]$/g, ""));
    } catch (error) {
        return { kind: "unknown", reason: describeFailure(error, REQUEST_SECONDS) };
    }
    const asked = addresses.map(async (address) => {
        const { verdict, code } = await askOften(url, address, thoroughness);
        const where = addresses.length > 1 ? ` from ${address}` : "";
        return { address, code, verdict: { ...verdict, reason: verdict.reason + where } };
    });
    return sumUp(await Promise.all(asked), expected);
}

type Asked = Answer & { readonly address: string };

function sumUp(asked: readonly Asked[], expected: Thoroughness["expected"]): Verdict {
    const familyOf = ({ address }: Asked) => isIP(address);
    const answering = new Set(asked.filter(({ code }) => code === undefined).map(familyOf));
    const silent = asked.filter((one) => !answering.has(familyOf(one)));
    const isLeftOut =
        answering.size > 0 && silent.every(({ address, code }) => isUnroutable(address, code));
    const counted = isLeftOut ? asked.filter((one) => !silent.includes(one)) : asked;
    const verdicts = counted.map(({ verdict }) => verdict);
    const [first] = verdicts;
    if (!first) return { kind: "unknown", reason: "it has no address" };
    if (answering.size === 0) {
        const reasons = new Map(silent.map((one) => [familyOf(one), one.verdict.reason]));
        return { kind: "unknown", reason: [...reasons.values()].join(", and ") };
    }
    const verdict = verdicts.find(({ kind }) => kind !== expected) ?? first;
    const [left] = isLeftOut ? silent : [];
    return left ? { ...verdict, leftOut: `IPv${familyOf(left)} (${left.code})` } : verdict;
}

/** Asks one address on as many connections as it is to, until an answer is another than hoped for. */
async function askOften(
    url: string,
    address: string,
    { token, username, verdict, authorities, expected, connections = 1 }: Thoroughness,
): Promise<Answer> {
    const push = { token, username, address, verdict, authorities };
    let answer = await ask(url, push);
    for (let asked = 1; asked < connections && answer.verdict.kind === expected; asked++) {
        answer = await ask(url, push);
    }
    return answer;
}

/** How {@link probeUntil} waits. */
export interface Patience {
    /** Seconds to keep asking. At least one question is asked. */
    readonly limitSeconds: number;
    /** Seconds between an answer and the next question. Defaults to 1. */
    readonly everySeconds?: number;
    /** Told of each answer that is not yet the expected one, with the seconds waited so far. */
    readonly onWait?: (verdict: Verdict, seconds: number) => void;
}

/**
 * Asks as {@link probeAll} does until the verdict is the expected one or the limit has passed;
 * returns the last.
 */
export async function probeUntil(
    url: string,
    thoroughness: Thoroughness,
    { limitSeconds, everySeconds = 1, onWait }: Patience,
): Promise<Verdict> {
    const start = performance.now();
    for (;;) {
        const verdict = await probeAll(url, thoroughness);
        const waited = (performance.now() - start) / 1000;
        if (verdict.kind === thoroughness.expected || waited + everySeconds > limitSeconds)
            return verdict;
        onWait?.(verdict, waited);
        await pause(everySeconds * 1000);
    }
}

async function lookUp(host: string): Promise<readonly string[]> {
    if (isIP(host)) return [host];
    return (await lookup(host, { all: true })).map(({ address }) => address);
}

function send(
    url: URL,
    { token, username, body = EMPTY_WRITE_REQUEST, address, authorities }: Push,
): Promise<number> {
    const options: RequestOptions = {
        method: "POST",
        agent: false, // a connection of its own, which a load balancer may send to another replica
        signal: AbortSignal.timeout(REQUEST_SECONDS * 1000),
        ...(authorities === undefined ? {} : { ca: authorities }),
        headers: {
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "snappy",
            "Content-Length": body.length,
            "User-Agent": "prometheus-write-secret",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
            ...(token === undefined ? {} : { Authorization: authorizationOf(token, username) }),
        },
        ...(address === undefined
            ? {}
            : {
                  lookup: (_host, _options, found) => {
                      found(null, [{ address, family: isIP(address) }]);
                  },
              }),
    };
    return new Promise((resolve, reject) => {
        const request = url.protocol === "https:" ? httpsRequest : httpRequest;
        request(url, options, (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
        })
            .on("error", reject)
            .end(body);
    });
}
