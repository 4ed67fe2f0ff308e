import type { Snippet, Target } from "../senderKind.ts";
import { snippet } from "./snippet.ts";

/** The key in which each is put. */
export type SecretKeys = Partial<
    Readonly<Record<"username" | "password" | "token" | "authorization", string>>
>;

interface Place {
    readonly secret: string;
    readonly namespace: string;
    readonly keys: SecretKeys;
}

/** What a user pastes for each of the programs that read a Secret by themselves. */
export function secretSnippets(place: Place, target: Target): readonly Snippet[] {
    const { secret, namespace, keys } = place;
    const { name, url } = target;
    const { username, password, token } = keys;
    const refer = (key: string) => ({ name: secret, key });
    // A key of the whole header alone is for programs that are told how to send it.
    if ((password ?? token) === undefined) return [];
    const basic = password !== undefined && {
        ...(username !== undefined && { username: refer(username) }),
        password: refer(password),
    };
    return [
        snippet("Values of kube-prometheus-stack, and a Prometheus or PrometheusAgent", {
            prometheus: {
                prometheusSpec: { remoteWrite: [{ name, url, ...crd(basic, token, refer) }] },
            },
        }),
        snippet("OpenShift's cluster-monitoring-config", {
            prometheusK8s: { remoteWrite: [{ name, url, ...crd(basic, token, refer) }] },
        }),
        snippet("A VMAgent", {
            spec: {
                remoteWrite: [
                    {
                        url,
                        ...(basic
                            ? { basicAuth: basic }
                            : { bearerTokenSecret: refer(token ?? "") }),
                    },
                ],
            },
        }),
        snippet("Values of the chart k8s-monitoring", {
            destinations: {
                [name]: {
                    ...{ type: "prometheus", url },
                    auth: basic
                        ? { type: "basic", usernameKey: username, passwordKey: password }
                        : { type: "bearerToken", bearerTokenKey: token },
                    secret: { create: false, name: secret, namespace },
                },
            },
        }),
        { title: "Alloy", language: "alloy", text: alloy(place, target) },
    ];
}

/** As the operator of Prometheus has it. */
function crd(
    basicAuth: object | false,
    token: string | undefined,
    refer: (key: string) => object,
): object {
    if (basicAuth) return { basicAuth };
    return { authorization: { type: "Bearer", credentials: refer(token ?? "") } };
}

/** Alloy asks for the Secret once a minute. */
function alloy({ secret, namespace, keys }: Place, { name, url }: Target): string {
    const data = (key = "") => `remote.kubernetes.secret.write.data["${key}"]`;
    const username = `convert.nonsensitive(${data(keys.username)})`;
    const basic = [
        "        basic_auth {",
        `            username = ${username}`,
        `            password = ${data(keys.password)}`,
        "        }",
    ];
    return [
        'remote.kubernetes.secret "write" {',
        `    namespace = "${namespace}"`,
        `    name      = "${secret}"`,
        "}",
        "",
        'prometheus.remote_write "write" {',
        "    endpoint {",
        `        name = "${name}"`,
        `        url  = "${url}"`,
        ...(keys.token === undefined ? basic : [`        bearer_token = ${data(keys.token)}`]),
        "    }",
        "}",
        "",
    ].join("\n");
}
