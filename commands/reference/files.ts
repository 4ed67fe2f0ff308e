import { readFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { parse } from "yaml";
import { RECEIVERS } from "../../kinds/receivers.ts";
import { SENDERS } from "../../kinds/senders.ts";
import { auditJsonSchema } from "../../rotation/audit.ts";
import { stackFileSchema } from "../../settings/jsonSchema.ts";
import { renderKinds } from "../kinds/page.ts";
import { renderReference } from "../../settings/reference.ts";
import { renderDashboard, renderDashboardConfigMap } from "./dashboard.ts";
import { renderPrometheusRule, RULES } from "./prometheusRule.ts";

/** What is written from other files, the configuration's schema and the kinds: texts by path, as prettier has them. */
export async function referenceFiles(): Promise<ReadonlyMap<string, string>> {
    const { name } = parse(await readFile("Pulumi.yaml", "utf8")) as { name: string };
    const kinds = { receivers: RECEIVERS, senders: SENDERS };
    const dashboard = renderDashboard();
    const texts = {
        "docs/configuration.md": renderReference(kinds, name),
        "docs/kinds.md": renderKinds(),
        "docs/Pulumi.stack.schema.json": JSON.stringify(stackFileSchema(kinds, name)),
        "docs/audit.schema.json": JSON.stringify(auditJsonSchema()),
        "alerts/prometheusRule.yml": renderPrometheusRule(await readFile(RULES, "utf8")),
        "dashboards/write-credential.json": dashboard,
        "dashboards/configMap.yml": renderDashboardConfigMap(dashboard),
    };
    const formatted = Object.entries(texts).map(async ([path, text]) => {
        const options = await resolveConfig(path, { editorconfig: true });
        return [path, await format(text, { ...options, filepath: path })] as const;
    });
    return new Map(await Promise.all(formatted));
}
