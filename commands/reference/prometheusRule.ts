import { parse, stringify } from "yaml";

/** The alerts, as Prometheus and vmalert read them. */
export const RULES = "alerts/rules.yml";

/** What the usual selectors of rules ask for: kube-prometheus's, and its Helm chart's. */
const LABELS = { prometheus: "k8s", role: "alert-rules", release: "kube-prometheus-stack" };

/** The same alerts as an object of the Prometheus operator. */
export function renderPrometheusRule(rules: string): string {
    const { groups } = parse(rules) as { groups: unknown };
    const object = {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: { name: "write-credential", labels: LABELS },
        spec: { groups },
    };
    return `# Written by npm run reference from ${RULES}.\n${stringify(object, { lineWidth: 0 })}`;
}
