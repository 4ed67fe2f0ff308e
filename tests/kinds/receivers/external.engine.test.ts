// A receiver that the program cannot configure: a real vmauth in front of a real store, whose owner
// is this test, and takes a while to let a credential in. It does not prove that Grafana Cloud
// answers as vmauth does.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { V1Secret } from "@kubernetes/client-node";
import { vmauth } from "../../../kinds/receivers/vmauth.ts";
import { probe } from "../../../proof/probe.ts";
import type { Generation } from "../../../rotation/generation.ts";
import { waitFor } from "../../../sandbox/parts/process.ts";
import { readMetrics } from "../../../sandbox/runs/measure.ts";
import { openTrial, type TrialReport } from "../../../sandbox/runs/trial.ts";
import { Deployment, diagnostics, mark, SECRET, STACK, steps } from "../../support/deployment.ts";
import { receiverSettings } from "../../support/fleet.ts";
import { useSandbox } from "../../support/fixture.ts";

const NAME = "cloud";
const USERNAME = "1234567";
/** More questions than the preflight and the made-up credential are refused. */
const REFUSALS = 5;

describe("a rotation at a receiver that cannot be configured", function () {
    this.timeout(300_000);
    const stage = useSandbox();
    const [from, to] = ["from", "to"].map((label) => ({
        label,
        value: `glc_${randomBytes(30).toString("base64url")}==`,
    })) as [Generation, Generation];
    let deployment: Deployment;
    let url: string;
    let report: TrialReport;
    let heldBefore: string;
    let told = 0;

    /** Has the owner let in these, and nobody else. */
    const letIn = async (...generations: readonly Generation[]) => {
        const { namespace } = stage.sandbox.cluster;
        const upstream = stage.sandbox.fleet.store.url;
        const settings = receiverSettings({ name: NAME, url, username: USERNAME, upstream });
        const body = Object.assign(new V1Secret(), {
            metadata: { name: `${NAME}-auth`, namespace },
            stringData: { ...vmauth.render(settings, generations) },
        });
        if (told++ === 0) await stage.core.createNamespacedSecret({ namespace, body });
        else await stage.core.replaceNamespacedSecret({ namespace, name: `${NAME}-auth`, body });
    };
    /** What the owner's credentials are made for: the value is given to the stack. */
    const give = async ({ label, value }: Generation) => {
        await deployment.configure({ "adopted.label": label });
        await deployment.setSecret("adopted.value", value);
    };
    const held = async () =>
        mark((await stage.secret(`${NAME}-write-credential`)).files["token"] ?? "");
    const refusals = async () => {
        const metric = 'vmauth_http_request_errors_total{reason="invalid_auth_token"}';
        return (await readMetrics(new URL(url).origin, metric))[0] ?? 0;
    };
    const answer = async ({ value: token }: Generation) =>
        (await probe(url, { token, username: USERNAME })).kind;

    before(async () => {
        const options = { sender: "prometheus", name: NAME, rotation: from.label } as const;
        const trial = await openTrial(stage.sandbox, { ...options, login: { username: USERNAME } });
        deployment = new Deployment(trial.engine, trial.file);
        stage.others.push(deployment);
        const { url: store } = stage.sandbox.fleet.store;
        ({ url } = trial);
        await deployment.configure({
            username: undefined,
            receivers: [
                {
                    ...{ name: NAME, kind: "external", url, username: USERNAME },
                    queryUrl: `${store}/api/v1/query`,
                },
            ],
        });
        await give(from);
        await letIn(from);
        await deployment.up();
        report = await trial.watch(to.label, async () => {
            await give(to);
            const before = await refusals();
            const rotating = deployment.rotateTo(to.label);
            const isAsking = async () => (await refusals()) >= before + REFUSALS;
            await waitFor("the gate to ask in vain", isAsking, { withinSeconds: 120 });
            heldBefore = await held();
            await letIn(to, from);
            assert.deepEqual(steps(await rotating, SECRET), ["update"]);
        });
    });

    it("waits until the owner lets the new credential in, and switches the sender then", async () => {
        assert.equal(heldBefore, mark(from.value));
        assert.equal(await held(), mark(to.value));
    });

    it("loses no sample", () => {
        assert.ok(report.sent > 10_000, `${report.sent} samples prove little`);
        console.log(`        ${report.lost} of ${report.sent} samples were lost`);
        assert.equal(report.lost, 0);
    });

    it("leaves nothing to do for another up, and the former accepted on record", async () => {
        assert.equal((await deployment.up()).changes, 0);
        assert.deepEqual((await deployment.rotation()).accepted, [to.label, from.label]);
    });

    it("writes nothing for the receiver", async () => {
        const { annotations } = await stage.secret(`${NAME}-auth`);
        assert.deepEqual(annotations, {});
    });

    it("does not say that the former is refused before its owner has revoked it", async () => {
        const retired = { retired: [from.label] };
        const refused = await deployment.configured(retired, () => deployment.tryUp());
        assert.deepEqual(diagnostics(refused)[STACK], [
            `error: prometheus-write-secret:retired names ${from.label}, but receiver ${NAME} does not refuse retired ` +
                `generation ${from.label}: it answered 204 at ${url}: revoke it where it was made`,
        ]);
        await letIn(to);
        await waitFor("the owner to refuse it", async () => (await answer(from)) === "refused", {
            withinSeconds: 60,
        });
        const { exitCode, output } = await deployment.command("retire", from.label, "--yes");
        assert.equal(exitCode, 0, output);
        assert.deepEqual((await deployment.rotation()).accepted, [to.label]);
        assert.equal(await answer(to), "accepted");
        assert.equal((await deployment.up()).changes, 0);
    });
});
