import { exactly, GITHUB, moduleDirectory, type Recipe, served } from "./recipe.ts";

const SOPS = "3.13.3";
const TOFU = "1.10.7";
const HELM = "3.19.0";
const ACTIONLINT = "1.7.12";
const GITLEAKS = "8.30.0";
const ACT = "0.2.89";
const COLLECTOR = "0.158.0";
const ALLOY = "1.19.2";
const TRAEFIK = "3.7.9";

/** Reads what SOPS is to read. */
export function sops(): Recipe {
    const releases = `${GITHUB}/getsops/sops/releases/download/v${SOPS}/sops-v${SOPS}`;
    return {
        name: "sops",
        version: SOPS,
        usually: "4 min",
        onPath: { ask: ["--disable-version-check", "--version"], accept: exactly(SOPS) },
        release: ({ os, arch }) =>
            served(arch) && {
                url: `${releases}.${os}.${arch}`,
                checksum: { url: `${releases}.checksums.txt` },
            },
        build: {
            module: moduleDirectory("sops"),
            package: "github.com/getsops/sops/v3/cmd/sops",
        },
    };
}

/** Writes states to extract from. */
export function tofu(): Recipe {
    const releases = `${GITHUB}/opentofu/opentofu/releases/download/v${TOFU}/tofu_${TOFU}`;
    return {
        name: "tofu",
        version: TOFU,
        usually: "5 min",
        onPath: { ask: ["version", "-json"], accept: exactly(TOFU) },
        release: ({ os, arch }) =>
            served(arch) && {
                url: `${releases}_${os}_${arch}.tar.gz`,
                checksum: { url: `${releases}_SHA256SUMS` },
                files: { tofu: "tofu" },
            },
        build: {
            module: moduleDirectory("tofu"),
            package: "github.com/opentofu/opentofu/cmd/tofu",
            variables: { "github.com/opentofu/opentofu/version.dev": "no" },
        },
    };
}

/** Keeps values to extract from. */
export function helm(): Recipe {
    return {
        name: "helm",
        version: HELM,
        usually: "1 min",
        onPath: { ask: ["version", "--short"], accept: exactly(HELM) },
        release: ({ os, arch }) => {
            if (!served(arch)) return undefined;
            const url = `https://get.helm.sh/helm-v${HELM}-${os}-${arch}.tar.gz`;
            return {
                url,
                checksum: { url: `${url}.sha256sum` },
                files: { [`${os}-${arch}/helm`]: "helm" },
            };
        },
        build: {
            module: moduleDirectory("helm"),
            package: "helm.sh/helm/v3/cmd/helm",
            variables: { "helm.sh/helm/v3/internal/version.version": `v${HELM}` },
        },
    };
}

/** Judges the workflows. */
export function actionlint(): Recipe {
    const releases = `${GITHUB}/rhysd/actionlint/releases/download/v${ACTIONLINT}/actionlint_${ACTIONLINT}`;
    return {
        name: "actionlint",
        version: ACTIONLINT,
        usually: "20 s",
        onPath: { ask: ["-version"], accept: exactly(ACTIONLINT) },
        release: ({ os, arch }) =>
            served(arch) && {
                url: `${releases}_${os}_${arch}.tar.gz`,
                checksum: { url: `${releases}_checksums.txt` },
                files: { actionlint: "actionlint" },
            },
        build: {
            module: moduleDirectory("actionlint"),
            package: "github.com/rhysd/actionlint/cmd/actionlint",
        },
    };
}

/** Looks for secrets in the repository. */
export function gitleaks(): Recipe {
    const releases = `${GITHUB}/gitleaks/gitleaks/releases/download/v${GITLEAKS}/gitleaks_${GITLEAKS}`;
    return {
        name: "gitleaks",
        version: GITLEAKS,
        usually: "1 min",
        onPath: { ask: ["version"], accept: exactly(GITLEAKS) },
        release: ({ os, arch }) =>
            served(arch) && {
                url: `${releases}_${os}_${arch === "amd64" ? "x64" : arch}.tar.gz`,
                checksum: { url: `${releases}_checksums.txt` },
                files: { gitleaks: "gitleaks" },
            },
        build: {
            module: moduleDirectory("gitleaks"),
            package: "github.com/zricethezav/gitleaks/v8",
            variables: { "github.com/zricethezav/gitleaks/v8/version.Version": GITLEAKS },
        },
    };
}

/** Runs the workflows' steps on this machine. */
export function act(): Recipe {
    const releases = `${GITHUB}/nektos/act/releases/download/v${ACT}`;
    return {
        name: "act",
        version: ACT,
        usually: "2 min",
        onPath: { ask: ["--version"], accept: exactly(ACT) },
        release: ({ os, arch }) => {
            if (!served(arch)) return undefined;
            const system = os === "linux" ? "Linux" : "Darwin";
            return {
                url: `${releases}/act_${system}_${arch === "amd64" ? "x86_64" : arch}.tar.gz`,
                checksum: { url: `${releases}/checksums.txt` },
                files: { act: "act" },
            };
        },
        build: { module: moduleDirectory("act"), package: "github.com/nektos/act" },
    };
}

/**
 * Pushes in place of a Prometheus. Built, it has the components a rotation meets alone; the newest
 * version of which all that it needs can be had as modules.
 */
export function collector(): Recipe {
    return {
        name: "otelcol",
        version: COLLECTOR,
        usually: "10 min",
        release: ({ os, arch }) => {
            if (!served(arch)) return undefined;
            const releases = `${GITHUB}/open-telemetry/opentelemetry-collector-releases/releases/download/v${COLLECTOR}`;
            return {
                url: `${releases}/otelcol-contrib_${COLLECTOR}_${os}_${arch}.tar.gz`,
                checksum: {
                    url: `${releases}/opentelemetry-collector-releases_otelcol-contrib_checksums.txt`,
                },
                files: { "otelcol-contrib": "otelcol" },
            };
        },
        build: {
            module: moduleDirectory("opentelemetryCollector"),
            package: ".",
            tags: ["netgo", "remove_all_sd"],
            variables: { "main.version": COLLECTOR },
        },
    };
}

/** Pushes in place of a Prometheus, too. Its releases are zips. */
export function alloy(): Recipe {
    return {
        name: "alloy",
        version: ALLOY,
        usually: "31 min",
        onPath: { ask: ["--version"], accept: exactly(ALLOY) },
        build: {
            module: moduleDirectory("alloy"),
            package: ".",
            tags: ["netgo"],
            variables: { "github.com/grafana/alloy/internal/build.Version": `v${ALLOY}` },
        },
    };
}

/** Reads htpasswd lines. */
export function traefik(): Recipe {
    const releases = `${GITHUB}/traefik/traefik/releases/download/v${TRAEFIK}/traefik_v${TRAEFIK}`;
    return {
        name: "traefik",
        version: TRAEFIK,
        usually: "15 min",
        onPath: { ask: ["version"], accept: exactly(TRAEFIK) },
        release: ({ os, arch }) =>
            served(arch) && {
                url: `${releases}_${os}_${arch}.tar.gz`,
                checksum: { url: `${releases}_checksums.txt` },
                files: { traefik: "traefik" },
            },
        build: {
            module: moduleDirectory("traefik"),
            package: "github.com/traefik/traefik/v3/cmd/traefik",
            variables: { "github.com/traefik/traefik/v3/pkg/version.Version": TRAEFIK },
        },
    };
}
