import { basename } from "node:path";
import { isVault } from "./ansibleVault.ts";

/** What a file is taken for: a source, what it is given beside the file, and how it is called. */
export interface Taken {
    readonly source: string;
    readonly called: string;
    /** The option that takes the file; left out, the file is the argument. */
    readonly option?: string;
}

type Rule = readonly [isIt: (text: string, path: string) => boolean, taken: readonly Taken[]];

const JSON_START = /^\s*\{/;
const UNIT = /^\s*\[(?:Unit|Service)\]/m;
const ASSIGNMENT = /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*=/;

/** Every line that says something sets a variable. */
function isDotenv(text: string, path: string): boolean {
    if (/(?:^|[\\/])\.env(?:\.[\w-]+)*$|\.env$/.test(path)) return true;
    const lines = text.split(/\r?\n/).filter((line) => !/^\s*(?:#.*)?$/.test(line));
    return lines.length > 0 && lines.every((line) => ASSIGNMENT.test(line));
}

/** Keys at the top that the values of charts have, and no sender's configuration. */
const VALUES =
    /^(?:kube-prometheus-stack|prometheusSpec|prometheus|destinations|externalServices|extraArgs|serverFiles|alloy|agent|vmagent|victoria-\w[\w-]*|grafana|server|prometheus-node-exporter)[ \t]*:/m;

/** From the most particular on. */
const RULES: readonly Rule[] = [
    [
        (text, path) =>
            /\.(?:tfstate|tfvars|tf)(?:\.backup|\.json)?$/.test(path) ||
            (JSON_START.test(text) && /"terraform_version"\s*:/.test(text)) ||
            (JSON_START.test(text) && /"serial"\s*:/.test(text) && /"lineage"\s*:/.test(text)),
        [{ source: "terraform", called: "a state of Terraform" }],
    ],
    [
        (text, path) =>
            (JSON_START.test(text) &&
                /"deployment"\s*:/.test(text) &&
                /"(?:manifest|resources|secrets_providers)"\s*:/.test(text)) ||
            /^Pulumi(?:\.[\w.-]+)?\.ya?ml$/.test(basename(path)),
        [{ source: "pulumi", called: "an export of Pulumi" }],
    ],
    [
        (text, path) =>
            isVault(text) ||
            /!vault\s*\|/.test(text) ||
            /(?:^|[\\/])(?:group_vars|host_vars|roles)[\\/]/.test(path) ||
            /^[ \t]*-[ \t]+hosts[ \t]*:/m.test(text),
        [{ source: "ansible", called: "variables of Ansible" }],
    ],
    [
        (text) => UNIT.test(text),
        [
            { source: "environment", called: "a systemd unit", option: "unit" },
            { source: "prometheus", called: "a systemd unit" },
        ],
    ],
    [
        isDotenv,
        [
            { source: "environment", called: "a file of variables", option: "file" },
            { source: "prometheus", called: "a file of variables" },
        ],
    ],
    [
        (text) =>
            VALUES.test(text) && !/^(?:apiVersion|services|scrape_configs)[ \t]*:/m.test(text),
        [{ source: "helm", called: "values of a Helm chart" }],
    ],
    [(text) => /^kind[ \t]*:/m.test(text), [{ source: "prometheus", called: "manifests" }]],
];

/** What a file is, by its content, then by its name. */
export function detect(text: string, path: string): readonly Taken[] {
    const rule = RULES.find(([isIt]) => isIt(text, path));
    return rule?.[1] ?? [{ source: "prometheus", called: "a sender's configuration" }];
}
