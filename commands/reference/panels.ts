/** A query in the words of Prometheus. */
interface Query {
    readonly expr: string;
    /** What its series are called, such as `{{instance}}`. */
    readonly legend: string;
}

/** What a value means, and whether that is well. */
interface Meaning {
    readonly text: string;
    readonly well: boolean;
}

/** What a panel shows, and how. */
export interface Shown {
    readonly as: "stat" | "state timeline" | "time series";
    readonly title: string;
    readonly description: string;
    readonly queries: readonly Query[];
    /** One of Grafana's; a number when left out. */
    readonly unit?: string;
    /** From which value on something is wrong. */
    readonly wrongFrom?: number;
    readonly meanings?: Readonly<Record<number, Meaning>>;
    readonly stacked?: boolean;
}

const STACK = 'project=~"$project", stack=~"$stack"';
const RECEIVER = 'instance=~"$receiver"';
const SENDER = 'instance=~"$sender"';
const LOOKED_AT = "write_credential_read_timestamp_seconds";

// A collector's counters have the suffix or not, as its own metrics are configured.
const COLLECTOR = 'exporter=~"prometheusremotewrite.*"';

/** What the reader chooses among, beside the data source. */
export const VARIABLES = {
    project: `label_values(${LOOKED_AT}, project)`,
    stack: `label_values(${LOOKED_AT}{project=~"$project"}, stack)`,
    receiver: "label_values(vmauth_user_requests_total, instance)",
    sender:
        "label_values({__name__=~" +
        '"prometheus_remote_storage_samples_total|vmagent_remotewrite_requests_total|otelcol_exporter_sent_metric_points(_total)?"' +
        "}, instance)",
};

/** The times of rotations, in milliseconds, as annotations read them. */
export const ROTATIONS = `write_credential_since_timestamp_seconds{${STACK}} * 1000`;

const STANDING: readonly Shown[] = [
    {
        as: "stat",
        title: "Age",
        description: "Since the generation on record was first recorded.",
        queries: [
            {
                expr: `time() - write_credential_since_timestamp_seconds{${STACK}}`,
                legend: "{{project}}/{{stack}}",
            },
        ],
        unit: "s",
    },
    {
        as: "stat",
        title: "Rotation",
        description: "Whether all that is recorded is of one rotation, to the keeper.",
        queries: [{ expr: `write_credential_finished{${STACK}}`, legend: "{{project}}/{{stack}}" }],
        meanings: { 0: { text: "unfinished", well: false }, 1: { text: "finished", well: true } },
    },
    {
        as: "stat",
        title: "Senders behind",
        description: "Senders that do not use the keeper's generation.",
        queries: [
            { expr: `write_credential_senders_behind{${STACK}}`, legend: "{{project}}/{{stack}}" },
        ],
        wrongFrom: 1,
    },
    {
        as: "stat",
        title: "Looked at",
        description: "Since npm run metrics read the state: what is recorded is as old as this.",
        queries: [{ expr: `time() - ${LOOKED_AT}{${STACK}}`, legend: "{{project}}/{{stack}}" }],
        unit: "s",
        wrongFrom: 2 * 86_400, // as the alert WriteCredentialUnwatched has it
    },
];

const HAND_OVER: readonly Shown[] = [
    {
        as: "time series",
        title: "Requests, by generation",
        description: "What receivers let in. A rotation is one colour that hands over to the next.",
        queries: [
            {
                expr: `sum by (username) (rate(vmauth_user_requests_total{${RECEIVER}}[$__rate_interval]))`,
                legend: "{{username}}",
            },
        ],
        unit: "reqps",
        stacked: true,
    },
    {
        as: "state timeline",
        title: "Senders, by generation",
        description: "What each sender's Secret holds, as recorded.",
        queries: [
            {
                expr: `write_credential_sender_info{${STACK}}`,
                legend: "{{stack}} {{sender}}: {{generation}}",
            },
        ],
        meanings: { 1: { text: "in use", well: true } },
    },
];

const ACCEPTED: readonly Shown[] = [
    {
        as: "state timeline",
        title: "Accepted, as receivers have loaded it",
        description:
            "By receiver and generation. A bar that ends is a generation refused from then on.",
        queries: [
            {
                expr: `group by (instance, username) (vmauth_user_requests_total{${RECEIVER}})`,
                legend: "{{instance}}: {{username}}",
            },
        ],
        meanings: { 1: { text: "accepted", well: true } },
    },
    {
        as: "state timeline",
        title: "Accepted, as recorded",
        description: "By generation, and why: `former` until nobody uses it.",
        queries: [
            {
                expr: `write_credential_generation_info{${STACK}}`,
                legend: "{{stack}} {{generation}}: {{state}}",
            },
        ],
        meanings: { 1: { text: "accepted", well: true } },
    },
];

const FAILURES: readonly Shown[] = [
    {
        as: "time series",
        title: "Failed at senders",
        description:
            "Prometheus and the collector: samples lost for good. vmagent: requests, which it repeats.",
        queries: [
            {
                expr: `rate(prometheus_remote_storage_samples_failed_total{${SENDER}}[$__rate_interval])`,
                legend: "{{instance}} to {{url}}",
            },
            {
                expr: `sum by (instance, status_code) (rate(vmagent_remotewrite_requests_total{status_code!~"2.*", ${SENDER}}[$__rate_interval]))`,
                legend: "{{instance}}: {{status_code}}",
            },
            {
                expr: `sum by (instance, exporter) (rate({__name__=~"otelcol_exporter_send_failed_metric_points(_total)?", ${COLLECTOR}, ${SENDER}}[$__rate_interval]))`,
                legend: "{{instance}} {{exporter}}",
            },
        ],
    },
    {
        as: "time series",
        title: "Refused by receivers",
        description:
            "`invalid_auth_token`: a credential that is made up, or not accepted any more.",
        queries: [
            {
                expr: `sum by (instance, reason) (rate(vmauth_http_request_errors_total{${RECEIVER}}[$__rate_interval]))`,
                legend: "{{instance}}: {{reason}}",
            },
        ],
        unit: "reqps",
    },
];

const FAULTS: readonly Shown[] = [
    {
        as: "state timeline",
        title: "What npm run status finds",
        description: "How many of each: docs/alerts.md says what to do.",
        queries: [
            { expr: `sum by (kind) (write_credential_faults{${STACK}})`, legend: "{{kind}}" },
        ],
        wrongFrom: 1,
    },
    {
        as: "state timeline",
        title: "Configurations",
        description: "Who cannot load its own goes on with the former one.",
        queries: [
            {
                expr: `min by (instance) ({__name__=~"(vmauth|prometheus)_config_last_reload_successful", instance=~"$receiver|$sender"})`,
                legend: "{{instance}}",
            },
        ],
        meanings: { 0: { text: "refused", well: false }, 1: { text: "loaded", well: true } },
    },
];

const SENDERS: readonly Shown[] = [
    {
        as: "time series",
        title: "Samples pushed",
        description: "By sender. A rotation leaves no dent.",
        queries: [
            {
                expr: `sum by (instance) (rate(prometheus_remote_storage_samples_total{${SENDER}}[$__rate_interval]))`,
                legend: "{{instance}}",
            },
            {
                expr: `sum by (instance) (rate(vmagent_remotewrite_rows_pushed_after_relabel_total{${SENDER}}[$__rate_interval]))`,
                legend: "{{instance}}",
            },
            {
                expr: `sum by (instance) (rate({__name__=~"otelcol_exporter_sent_metric_points(_total)?", ${COLLECTOR}, ${SENDER}}[$__rate_interval]))`,
                legend: "{{instance}}",
            },
        ],
    },
    {
        as: "time series",
        title: "Waiting to be pushed",
        description: "Samples in a Prometheus's queue.",
        queries: [
            {
                expr: `sum by (instance) (prometheus_remote_storage_samples_pending{${SENDER}})`,
                legend: "{{instance}}",
            },
        ],
    },
    {
        as: "time series",
        title: "Targets that arrive",
        description:
            "By the external label that tells senders apart: put yours in the place of `cluster`.",
        queries: [{ expr: 'count by (cluster) (up{cluster!=""})', legend: "{{cluster}}" }],
    },
];

/** What is shown, from top to bottom; the panels of a row share its width. */
export const ROWS: readonly { readonly title: string; readonly panels: readonly Shown[] }[] = [
    { title: "How it stands", panels: STANDING },
    { title: "The hand-over", panels: HAND_OVER },
    { title: "What is accepted", panels: ACCEPTED },
    { title: "What fails", panels: FAILURES },
    { title: "What is found wrong", panels: FAULTS },
    { title: "Senders", panels: SENDERS },
];
