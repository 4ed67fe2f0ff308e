// A receiver that takes tokens of Grafana Cloud: minted by the program through its API, as a
// stand-in has it, and let in by a real vmauth in front of a real store, a while after. It does not
// prove that Grafana Cloud answers as the stand-in does, nor how long it takes.
import assert from "node:assert/strict";
import { V1Secret } from "@kubernetes/client-node";
import { vmauth } from "../../../kinds/receivers/vmauth.ts";
import { probe } from "../../../proof/probe.ts";
import {
    type CloudToken,
    type GrafanaCloud,
    startGrafanaCloud,
} from "../../../sandbox/parts/grafanaCloud.ts";
import { waitFor } from "../../../sandbox/parts/process.ts";
import { readMetrics } from "../../../sandbox/runs/measure.ts";
import { openTrial, type Trial, type TrialReport } from "../../../sandbox/runs/trial.ts";
import { type Moment, upKilled } from "../../faults/field.ts";
import { Deployment, diagnostics, mark, SECRET, STACK, steps } from "../../support/deployment.ts";
import { receiverSettings } from "../../support/fleet.ts";
import { useSandbox } from "../../support/fixture.ts";

const NAME = "minted";
const USERNAME = "1234567";
const STASH = "pulumi:index:Stash";
const TOKEN = "grafana:cloud/accessPolicyToken:AccessPolicyToken";
/** More questions than the preflight and the made-up credential are refused. */
const REFUSALS = 5;

describe("a rotation at a receiver of Grafana Cloud", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const [first, second, last] = ["q1", "q2", "q3"] as const;
    let trial: Trial;
    let deployment: Deployment;
    let cloud: GrafanaCloud;
    let report: TrialReport;
    let heldBefore: string;
    let isSlow = false;
    let letIn: readonly string[] = [];

    /** Every value there ever was, by label. */
    const values = new Map<string, string>();
    const labelOf = ({ displayName }: CloudToken) => displayName.split(" ").at(-1) ?? "";
    const valueOf = (label: string) => values.get(label) ?? assert.fail(`no token for ${label}`);
    /** What Grafana Cloud does in its own time: vmauth lets in what is there. */
    const spread = async () => {
        const { namespace } = stage.sandbox.cluster;
        const upstream = stage.sandbox.fleet.store.url;
        const settings = receiverSettings({
            name: NAME,
            url: trial.url,
            username: USERNAME,
            upstream,
        });
        const generations = cloud.tokens
            .map((one) => ({ label: labelOf(one), value: one.token }))
            .toReversed();
        const body = Object.assign(new V1Secret(), {
            metadata: { name: `${NAME}-auth`, namespace },
            stringData: { ...vmauth.render(settings, generations) },
        });
        if (letIn.length === 0) await stage.core.createNamespacedSecret({ namespace, body });
        else await stage.core.replaceNamespacedSecret({ namespace, name: `${NAME}-auth`, body });
        letIn = generations.map(({ label }) => label);
    };
    const onChange = async (tokens: readonly CloudToken[]) => {
        for (const one of tokens) {
            values.set(labelOf(one), one.token);
            deployment.credentials.add(one.token);
        }
        if (!isSlow) await spread();
    };
    const held = async () =>
        mark((await stage.secret(`${NAME}-write-credential`)).files["token"] ?? "");
    const refusals = async () => {
        const metric = 'vmauth_http_request_errors_total{reason="invalid_auth_token"}';
        return (await readMetrics(new URL(trial.url).origin, metric))[0] ?? 0;
    };
    const answer = async (label: string) =>
        (await probe(trial.url, { token: valueOf(label), username: USERNAME })).kind;
    const there = () => cloud.tokens.map(labelOf);

    before(async () => {
        const options = { sender: "prometheus", name: NAME, rotation: first } as const;
        trial = await openTrial(stage.sandbox, { ...options, login: { username: USERNAME } });
        deployment = new Deployment(trial.engine, trial.file);
        stage.others.push(deployment);
        cloud = await stage.sandbox.start("Grafana Cloud", startGrafanaCloud(onChange));
        const { url: store } = stage.sandbox.fleet.store;
        const { region, accessPolicyId } = cloud;
        await deployment.configure({
            username: undefined,
            receivers: [
                {
                    ...{ name: NAME, kind: "external", url: trial.url, username: USERNAME },
                    ...{ queryUrl: `${store}/api/v1/query`, projectionLimitSeconds: 120 },
                    mint: { grafanaCloud: { region, accessPolicyId } },
                },
            ],
        });
        await deployment.must("config", "set", "grafana:cloudApiUrl", cloud.url);
        await deployment.setSecret("grafana:cloudAccessPolicyToken", cloud.token);
        await deployment.up();
    });

    it("goes on with the token of an update that was killed, waits until it is let in, and loses nothing", async () => {
        report = await trial.watch(second, async () => {
            isSlow = true;
            await deployment.configure({ rotation: second });
            const minted = { when: "pre", op: "update", type: STASH, name: /^write-labels$/ };
            await upKilled(trial.engine, minted as Moment);
            assert.deepEqual(there(), [first, second]);
            const before = await refusals();
            const rotating = deployment.up();
            const isAsking = async () => (await refusals()) >= before + REFUSALS;
            await waitFor("the gate to ask in vain", isAsking, { withinSeconds: 120 });
            heldBefore = await held();
            isSlow = false;
            await spread();
            const outcome = await rotating;
            assert.deepEqual(steps(outcome, SECRET), ["update"]);
            assert.deepEqual(steps(outcome, TOKEN), []);
        });
        assert.equal(heldBefore, mark(valueOf(first)));
        assert.equal(await held(), mark(valueOf(second)));
        assert.ok(report.sent > 10_000, `${report.sent} samples prove little`);
        console.log(`        ${report.lost} of ${report.sent} samples were lost`);
        assert.equal(report.lost, 0);
        // What was being made is warned of in every update, until somebody says that it was looked at.
        await deployment.must("refresh", "--yes", "--skip-preview", "--clear-pending-creates");
    });

    it("mints one token a generation, which says whose it is, and does not expire", () => {
        assert.equal(cloud.requests.filter(({ method }) => method === "POST").length, 2);
        assert.deepEqual(
            cloud.tokens.map(({ displayName, expiresAt }) => [displayName, expiresAt]),
            [first, second].map((label) => [`dev ${NAME} ${label}`, undefined]),
        );
        for (const [index, { name }] of cloud.tokens.entries()) {
            const label = [first, second][index] ?? "";
            assert.match(
                name,
                new RegExp(`^prometheus-write-secret-dev-${NAME}-${label}-[0-9a-f]{8}$`),
            );
        }
    });

    it("leaves nothing to do for another up, which asks for no token, nor for one that is told", async () => {
        const before = cloud.requests.length;
        assert.equal((await deployment.up()).changes, 0);
        assert.deepEqual(
            new Set(cloud.requests.slice(before).map(({ method }) => method)),
            new Set(["GET"]), // the refresh
        );
        assert.deepEqual((await deployment.rotation()).accepted, [second, first]);
    });

    it("revokes nothing that may be in use, until it is told to", async () => {
        const retired = { retired: [first] };
        const refused = await deployment.configured(retired, () => deployment.tryUp());
        assert.deepEqual(diagnostics(refused)[STACK]?.slice(-1), [
            `error: prometheus-write-secret:retired names ${first}, but nothing counts who pushes to receiver ${NAME} with it: ` +
                "see there that nobody does, and retire it with --without-proof",
        ]);
        assert.deepEqual(there(), [first, second]);
        const { exitCode, output } = await deployment.command(
            ...(["retire", first, "--without-proof", "--yes"] as const),
        );
        assert.equal(exitCode, 0, output);
        assert.deepEqual(there(), [second]);
        assert.deepEqual((await deployment.rotation()).accepted, [second]);
        assert.deepEqual(await Promise.all([first, second].map(answer)), ["refused", "accepted"]);
    });

    it("revokes what leaked once senders have switched", async () => {
        const { exitCode, output } = await deployment.command(
            ...(["rotate", last, "--emergency", "a token in a log", "--yes"] as const),
        );
        assert.equal(exitCode, 0, output);
        assert.deepEqual(there(), [last]);
        assert.deepEqual(await Promise.all([second, last].map(answer)), ["refused", "accepted"]);
        assert.equal(await held(), mark(valueOf(last)));
    });
});
