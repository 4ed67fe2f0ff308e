import { readFileSync } from "node:fs";

interface Asking {
    readonly datasource?: unknown;
}

/** A dashboard as Grafana reads it, as far as tests look at it. */
export interface DashboardFile {
    readonly title: string;
    readonly uid: string;
    readonly panels: readonly {
        readonly id: number;
        readonly type: string;
        readonly title: string;
        readonly datasource?: unknown;
        readonly gridPos: {
            readonly x: number;
            readonly y: number;
            readonly w: number;
            readonly h: number;
        };
        readonly targets?: readonly (Asking & {
            readonly expr: string;
            readonly legendFormat: string;
        })[];
        readonly fieldConfig?: {
            readonly defaults: {
                readonly color?: { readonly mode: string };
                readonly custom?: { readonly stacking?: { readonly mode: string } };
            };
        };
    }[];
    readonly templating: {
        readonly list: readonly (Asking & {
            readonly name: string;
            readonly type: string;
            readonly query: string;
        })[];
    };
    readonly annotations: {
        readonly list: readonly (Asking & {
            readonly name: string;
            readonly expr: string;
            readonly titleFormat: string;
        })[];
    };
}

export function readDashboard(): DashboardFile {
    return JSON.parse(readFileSync("dashboards/write-credential.json", "utf8")) as DashboardFile;
}

/** Something a dashboard asks Prometheus. */
export interface Asked {
    /** Where in the dashboard it stands. */
    readonly where: string;
    readonly expr: string;
    /** Labels that its series must have: what is shown is made of them. */
    readonly labels: readonly string[];
}

/** All that a dashboard asks: for panels, variables and annotations. */
export function allOf({ panels, templating, annotations }: DashboardFile): readonly Asked[] {
    return [
        ...panels.flatMap(({ title, targets = [] }) =>
            targets.map(({ expr, legendFormat }, index) => ({
                where: `${title}, query ${index + 1}`,
                expr,
                labels: labelsIn(legendFormat),
            })),
        ),
        ...annotations.list.map(({ name, expr, titleFormat }) => ({
            where: name,
            expr,
            labels: labelsIn(titleFormat),
        })),
        ...templating.list.flatMap(({ name, query }) => {
            const [, expr, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
            return expr === undefined || label === undefined
                ? []
                : [{ where: `variable ${name}`, expr, labels: [label] }];
        }),
    ];
}

function labelsIn(format: string): readonly string[] {
    return [...format.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
}
