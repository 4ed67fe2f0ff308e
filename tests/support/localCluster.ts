import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setEnvironment } from "./environment.ts";

const SECRET = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/;

/** What kubeadm labels them with. */
const API_SERVERS = "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Dkube-apiserver";

/** A cluster: a local server of Secrets, to which KUBECONFIG leads while it runs. */
export class LocalCluster {
    /** The files of each Secret by `namespace/name`; none at first. */
    secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
    /** The Secrets asked for so far, sorted. */
    readonly asked: string[] = [];
    /** The annotations of each Secret likewise. */
    annotations: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
    /** The command lines of its API servers, as pods in kube-system show them; none at first. */
    apiServers: readonly (readonly string[])[] = [];
    /** The UID of its namespace kube-system. */
    identity = "8f4b2c1e-7a90-4d3f-9b60-000000000001";
    /** What every request is answered, if not what it asks for. */
    status: number | undefined;
    #directory = "";
    #restore: () => void = () => undefined;
    readonly #server = createServer((request, response) => {
        this.#serve(request, response);
    });

    async start(): Promise<void> {
        await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
        const server = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
        this.#directory = await mkdtemp(join(tmpdir(), "cluster-"));
        const file = join(this.#directory, "kubeconfig");
        const config = {
            apiVersion: "v1",
            kind: "Config",
            "current-context": "local",
            contexts: [{ name: "local", context: { cluster: "local", user: "nobody" } }],
            clusters: [{ name: "local", cluster: { server, "insecure-skip-tls-verify": true } }],
            users: [{ name: "nobody", user: {} }],
        };
        await writeFile(file, JSON.stringify(config));
        this.#restore = setEnvironment({ KUBECONFIG: file });
    }

    async stop(): Promise<void> {
        this.#restore();
        this.#server.closeAllConnections();
        await new Promise((resolve) => this.#server.close(resolve));
        await rm(this.#directory, { recursive: true, force: true });
    }

    #serve({ method, url = "" }: IncomingMessage, response: ServerResponse): void {
        if (url === "/api/v1/namespaces/kube-system") {
            this.#answer(response, 200, { kind: "Namespace", metadata: { uid: this.identity } });
            return;
        }
        if (url === API_SERVERS) {
            const pods = this.apiServers.map((command) => ({
                spec: { containers: [{ command }] },
            }));
            this.#answer(response, this.status ?? 200, { kind: "PodList", items: pods });
            return;
        }
        const [, namespace = "", name = ""] = SECRET.exec(url) ?? [];
        const id = `${namespace}/${name}`;
        this.asked.push(id);
        this.asked.sort();
        const files = this.secrets[id];
        const found = method === "GET" && files !== undefined ? 200 : 404;
        const status = this.status ?? found;
        const encode = (text: string) => Buffer.from(text).toString("base64");
        const data = Object.fromEntries(
            Object.entries(files ?? {}).map(([file, text]) => [file, encode(text)]),
        );
        const metadata = { annotations: this.annotations[id] };
        this.#answer(response, status, {
            kind: "Secret",
            ...(status === 200 && { data, metadata }),
        });
    }

    #answer(response: ServerResponse, status: number, content: object): void {
        response
            .writeHead(status, { "Content-Type": "application/json" })
            .end(JSON.stringify({ apiVersion: "v1", ...content }));
    }
}
