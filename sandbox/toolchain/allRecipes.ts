import { readFileSync } from "node:fs";
import { exactly, GITHUB, moduleDirectory, type Recipe, served } from "./recipe.ts";
import {
    act,
    actionlint,
    alloy,
    collector,
    gitleaks,
    helm,
    sops,
    tofu,
    traefik,
} from "./testRecipes.ts";

const PULUMI = "3.259.0";
const KUBERNETES = "1.36.3";
const ETCD = "3.6.8";
const PROMETHEUS = "3.14.0";
const VICTORIA_METRICS = "1.150.0";
const AGE = "1.3.1";

// age publishes no checksum file, only Sigsum proofs, which Node cannot check: these are digests of
// the archives. Intel Macs build it, in seconds.
const AGE_SHA256: Readonly<Record<string, string>> = {
    "linux-amd64": "bdc69c09cbdd6cf8b1f333d372a1f58247b3a33146406333e30c0f26e8f51377",
    "linux-arm64": "c6878a324421b69e3e20b00ba17c04bc5c6dab0030cfe55bf8f68fa8d9e9093a",
    "darwin-arm64": "01120ea2cbf0463d4c6bd767f99f3271bbed1cdc8a9aa718a76ba1fe4f01998b",
};

/** How to have each tool, by name. */
export const RECIPES = {
    pulumi: pulumi(),
    "kube-apiserver": kubernetes("kube-apiserver", "3 min", {
        ask: ["--version"],
        accept: exactly(KUBERNETES),
    }),
    kubectl: kubernetes("kubectl", "1 min", {
        ask: ["version", "--client", "--output=json"],
        accept: nearKubernetes,
    }),
    etcd: etcd(),
    prometheus: prometheus("prometheus"),
    promtool: prometheus("promtool"),
    vmauth: victoriaMetrics("vmauth"),
    age: age("age"),
    "age-keygen": age("age-keygen"),
    "pulumi-resource-kubernetes": kubernetesProvider(),
    "pulumi-resource-random": bridgedProvider("random"),
    "pulumi-resource-github": bridgedProvider("github"),
    vmagent: victoriaMetrics("vmagent"),
    sops: sops(),
    tofu: tofu(),
    helm: helm(),
    actionlint: actionlint(),
    gitleaks: gitleaks(),
    act: act(),
    otelcol: collector(),
    alloy: alloy(),
    traefik: traefik(),
} satisfies Record<string, Recipe>;

/** A tool that can be provided. */
export type ToolName = keyof typeof RECIPES;

function pulumi(): Recipe {
    return {
        name: "pulumi",
        version: PULUMI,
        usually: "4 min",
        // Without its language host beside it, a pulumi on the PATH cannot run a program.
        onPath: {
            ask: ["version"],
            accept: exactly(PULUMI),
            beside: ["pulumi-language-nodejs"],
        },
        release: ({ os, arch }) =>
            served(arch) && {
                url: `https://get.pulumi.com/releases/sdk/pulumi-v${PULUMI}-${os}-${arch === "amd64" ? "x64" : arch}.tar.gz`,
                checksum: {
                    url: `${GITHUB}/pulumi/pulumi/releases/download/v${PULUMI}/pulumi-${PULUMI}-checksums.txt`,
                },
            },
        build: {
            module: moduleDirectory("pulumi"),
            package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            tags: ["osusergo", "grpcnotrace"],
            variables: {
                "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${PULUMI}`,
            },
        },
    };
}

function kubernetes(name: string, usually: string, onPath: Recipe["onPath"]): Recipe {
    const [major = "", minor = ""] = KUBERNETES.split(".");
    const version = "k8s.io/component-base/version";
    return {
        name,
        version: KUBERNETES,
        usually,
        ...(onPath && { onPath }),
        release: ({ os, arch }) => {
            // The servers are published for Linux only.
            if (!served(arch) || (os !== "linux" && name !== "kubectl")) return undefined;
            const url = `https://dl.k8s.io/release/v${KUBERNETES}/bin/${os}/${arch}/${name}`;
            return { url, checksum: { url: `${url}.sha256` } };
        },
        build: {
            module: moduleDirectory("kubernetes"),
            package: `k8s.io/kubernetes/cmd/${name}`,
            variables: {
                [`${version}.gitVersion`]: `v${KUBERNETES}`, // without these it says it is 0.0
                [`${version}.gitMajor`]: major,
                [`${version}.gitMinor`]: minor,
            },
        },
    };
}

function etcd(): Recipe {
    const releases = `${GITHUB}/etcd-io/etcd/releases/download/v${ETCD}`;
    return {
        name: "etcd",
        version: ETCD,
        usually: "1 min",
        onPath: { ask: ["--version"], accept: exactly(ETCD) },
        release: ({ os, arch }) => {
            if (!served(arch) || os !== "linux") return undefined; // a zip elsewhere
            const archive = `etcd-v${ETCD}-${os}-${arch}`;
            return {
                url: `${releases}/${archive}.tar.gz`,
                checksum: { url: `${releases}/SHA256SUMS` },
                files: { [`${archive}/etcd`]: "etcd" },
            };
        },
        build: { module: moduleDirectory("kubernetes"), package: "go.etcd.io/etcd/server/v3" },
    };
}

function prometheus(name: "prometheus" | "promtool"): Recipe {
    const releases = `${GITHUB}/prometheus/prometheus/releases/download/v${PROMETHEUS}`;
    return {
        name,
        version: PROMETHEUS,
        usually: name === "prometheus" ? "2 min" : "1 min",
        onPath: { ask: ["--version"], accept: exactly(PROMETHEUS) },
        release: ({ os, arch }) => {
            if (!served(arch)) return undefined;
            const archive = `prometheus-${PROMETHEUS}.${os}-${arch}`;
            return {
                url: `${releases}/${archive}.tar.gz`,
                checksum: { url: `${releases}/sha256sums.txt` },
                files: {
                    [`${archive}/prometheus`]: "prometheus",
                    [`${archive}/promtool`]: "promtool",
                },
            };
        },
        build: {
            module: moduleDirectory("prometheus"),
            package: `github.com/prometheus/prometheus/cmd/${name}`,
            tags: ["netgo", "remove_all_sd", "enable_kubernetes_sd"],
            variables: { "github.com/prometheus/common/version.Version": PROMETHEUS },
        },
    };
}

function victoriaMetrics(name: "vmauth" | "vmagent"): Recipe {
    const releases = `${GITHUB}/VictoriaMetrics/VictoriaMetrics/releases/download/v${VICTORIA_METRICS}`;
    return {
        name,
        version: VICTORIA_METRICS,
        usually: "15 s",
        onPath: { ask: ["-version"], accept: exactly(VICTORIA_METRICS) },
        release: ({ os, arch }) => {
            if (!served(arch)) return undefined;
            const archive = `vmutils-${os}-${arch}-v${VICTORIA_METRICS}`;
            return {
                url: `${releases}/${archive}.tar.gz`,
                checksum: { url: `${releases}/${archive}_checksums.txt` },
                files: { "vmauth-prod": "vmauth", "vmagent-prod": "vmagent" },
            };
        },
        build: {
            module: moduleDirectory("victoriametrics"),
            package: `github.com/VictoriaMetrics/VictoriaMetrics/app/${name}`,
            variables: {
                "github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version": `v${VICTORIA_METRICS}`,
            },
        },
    };
}

function age(name: "age" | "age-keygen"): Recipe {
    return {
        name,
        version: AGE,
        usually: "10 s",
        // The file format has not changed since 1.0.
        onPath: { ask: ["--version"], accept: (printed) => /^v?(1\.\d+\S*)/.exec(printed)?.[1] },
        release: ({ os, arch }) => {
            const sha256 = AGE_SHA256[`${os}-${arch}`];
            if (sha256 === undefined) return undefined;
            return {
                url: `${GITHUB}/FiloSottile/age/releases/download/v${AGE}/age-v${AGE}-${os}-${arch}.tar.gz`,
                checksum: { sha256 },
                files: { "age/age": "age", "age/age-keygen": "age-keygen" },
            };
        },
        build: {
            module: moduleDirectory("age"),
            package: `filippo.io/age/cmd/${name}`,
            variables: { "main.Version": `v${AGE}` },
        },
    };
}

function kubernetesProvider(): Recipe {
    const version = sdkVersion("kubernetes");
    const module = "github.com/pulumi/pulumi-kubernetes/provider/v4";
    return {
        name: "pulumi-resource-kubernetes",
        version,
        usually: "4 min",
        plugin: "kubernetes",
        build: {
            module: moduleDirectory("providerKubernetes"),
            package: ".",
            variables: { [`${module}/pkg/version.Version`]: version },
            schema: { module, file: "cmd/pulumi-resource-kubernetes/schema.json", version },
        },
    };
}

function bridgedProvider(plugin: "random" | "github"): Recipe {
    const version = sdkVersion(plugin);
    return {
        name: `pulumi-resource-${plugin}`,
        version,
        usually: "3 min",
        plugin,
        build: {
            module: moduleDirectory("providerTerraform"),
            package: `./${plugin}`,
            variables: { "main.version": version },
            schema: { printedBy: ["schema"] },
        },
    };
}

/** kubectl supports servers one minor version apart. A wrapper, `v1.32.4-dispatcher`, is none. */
function nearKubernetes(printed: string): string | undefined {
    const version = /"gitVersion": *"v(1\.(\d+)\.\d+)"/.exec(printed);
    const distance = Math.abs(Number(version?.[2]) - Number(KUBERNETES.split(".")[1]));
    return distance <= 1 ? version?.[1] : undefined;
}

/** The engine looks for the plugin of exactly the SDK's version. */
function sdkVersion(name: string): string {
    const file = new URL("../../package.json", import.meta.url);
    const manifest = JSON.parse(readFileSync(file, "utf8")) as {
        dependencies: Record<string, string>;
    };
    const version = manifest.dependencies[`@pulumi/${name}`];
    if (version === undefined) throw new Error(`package.json does not depend on @pulumi/${name}`);
    return version;
}
