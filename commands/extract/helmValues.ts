import { parseYaml } from "./yaml.ts";
import { fileAt, findInText, readGiven } from "./senderFile.ts";
import type { Source } from "./place.ts";
import { explainNothing } from "./structure/explain.ts";
import { readContents, share } from "./structure/read.ts";

/** Values of the charts that bring a sender, and what deploys them. */
export const helm: Source = {
    name: "helm",
    description:
        "Looks in Helm values, or in what holds them: of kube-prometheus-stack, k8s-monitoring, Alloy, a collector and others, also as a subchart; Argo CD, Flux and helmfile.",
    argument: ["<file>", "the values file, or what helm get values --all printed"],
    options: [
        ["--namespace <name>", "of the release: where the Secrets are that the values refer to"],
        ["--key <path>", "one value of it, such as a.b[0].c, where nothing says what it is"],
    ],
    find: ([path = ""], { namespace, key }, machine) => {
        const text = readGiven(path, machine);
        const contents = parseYaml(text, path, { isLastKept: true });
        if (contents.some((one) => typeof one === "string" && one !== "")) {
            throw new Error(`${path} holds no values: give the values file of a release`);
        }
        const shared = share(findInText);
        const reading = { file: path, source: "helm" };
        const file = { ...fileAt(path, text, machine), advice: ADVICE, reading };
        const found = readContents(contents, file, { shared, namespace, key, inPod: true });
        if (found.length > 0) return found;
        throw new Error(explainNothing({ path, text, contents, notes: shared.notes }));
    },
};

const ADVICE =
    "it is in the values file, its history and the release's Secret in the cluster: rotate, and refer to a Secret";
