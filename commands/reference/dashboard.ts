import {
    StackingConfigBuilder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizLegendOptionsBuilder,
    VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
    AnnotationQueryBuilder,
    DashboardBuilder,
    DashboardCursorSync,
    DatasourceVariableBuilder,
    FieldColorBuilder,
    FieldColorModeId,
    MappingType,
    type Threshold,
    QueryVariableBuilder,
    RowBuilder,
    ThresholdsConfigBuilder,
    ThresholdsMode,
    type ValueMapping,
    VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StateTimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { stringify } from "yaml";
import { ROWS, ROTATIONS, type Shown, VARIABLES } from "./panels.ts";

const NAME = "write-credential";
const WIDTH = 24; // Grafana's grid
const WELL = "green";
const WRONG = "orange";

/** Of whatever the reader has chosen at the top. */
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

/** What the sidecar of Grafana's Helm charts looks for. */
const LABELS = { grafana_dashboard: "1" };

/** The dashboard, as Grafana imports it. */
export function renderDashboard(): string {
    return JSON.stringify(buildDashboard(), undefined, 2);
}

/** The same as an object that the sidecar of Grafana's Helm charts finds. */
export function renderDashboardConfigMap(dashboard: string): string {
    const object = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `${NAME}-dashboard`, labels: LABELS },
        data: { [`${NAME}.json`]: dashboard },
    };
    return `# Written by npm run reference.\n${stringify(object, { lineWidth: 0 })}`;
}

function buildDashboard() {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- Grafana before 12 does not read its successor
    const dashboard = new DashboardBuilder("Write credential")
        .uid(NAME)
        .description("How the credential stands that Prometheus pushes with: docs/dashboard.md")
        .tags(["prometheus", "remote-write"])
        .time({ from: "now-6h", to: "now" })
        .refresh("1m")
        .tooltip(DashboardCursorSync.Crosshair)
        .variables(buildVariables())
        .annotation(buildRotations());
    let id = 0;
    for (const { title, panels } of ROWS) {
        dashboard.withRow(new RowBuilder(title).id((id += 1)));
        for (const shown of panels) {
            dashboard.withPanel(
                buildPanel(shown)
                    .id((id += 1))
                    .span(WIDTH / panels.length),
            );
        }
    }
    return dashboard.build();
}

function buildVariables() {
    return [
        new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
        ...Object.entries(VARIABLES).map(([name, query]) =>
            new QueryVariableBuilder(name)
                .query(query)
                .datasource(DATASOURCE)
                .refresh(VariableRefresh.OnTimeRangeChanged)
                .multi(true)
                .includeAll(true)
                .allValue(".*")
                .current({ selected: true, text: "All", value: "$__all" }),
        ),
    ];
}

/** A line at the time of each rotation. */
function buildRotations(): AnnotationQueryBuilder {
    return new AnnotationQueryBuilder()
        .name("Rotations")
        .datasource(DATASOURCE)
        .enable(true)
        .iconColor("blue")
        .expr(ROTATIONS)
        .titleFormat("Rotated {{project}}/{{stack}}")
        .useValueForTime(true);
}

function buildPanel(shown: Shown) {
    const panel = drawn(shown)
        .title(shown.title)
        .description(shown.description)
        .datasource(DATASOURCE)
        .thresholds(buildThresholds(shown))
        .mappings(buildMappings(shown));
    shown.queries.forEach(({ expr, legend }, index) => {
        const query = new DataqueryBuilder()
            .refId(String.fromCharCode("A".charCodeAt(0) + index))
            .datasource(DATASOURCE)
            .expr(expr)
            .legendFormat(legend);
        panel.withTarget(shown.as === "stat" ? query.instant() : query.range());
    });
    return shown.unit === undefined ? panel : panel.unit(shown.unit);
}

function drawn({ as, stacked = false }: Shown) {
    const palette = new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName);
    const byThreshold = new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
    switch (as) {
        case "stat":
            return new StatBuilder().height(4).colorScheme(byThreshold);
        case "state timeline":
            return new StateTimelineBuilder()
                .height(8)
                .colorScheme(byThreshold)
                .showValue(VisibilityMode.Never);
        case "time series":
            return new TimeSeriesBuilder()
                .height(8)
                .colorScheme(palette) // by name: a generation keeps its colour
                .min(0)
                .lineWidth(1)
                .fillOpacity(stacked ? 70 : 10)
                .stacking(
                    new StackingConfigBuilder().mode(
                        stacked ? StackingMode.Normal : StackingMode.None,
                    ),
                )
                .legend(new VizLegendOptionsBuilder().showLegend(true))
                .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
    }
}

function buildThresholds({ wrongFrom }: Shown): ThresholdsConfigBuilder {
    const steps: Threshold[] = [{ color: WELL, value: null }];
    if (wrongFrom !== undefined) steps.push({ color: WRONG, value: wrongFrom });
    return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

function buildMappings({ meanings = {} }: Shown): ValueMapping[] {
    const options = Object.entries(meanings).map(
        ([value, { text, well }], index) =>
            [value, { text, color: well ? WELL : WRONG, index }] as const,
    );
    if (options.length === 0) return [];
    return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}
