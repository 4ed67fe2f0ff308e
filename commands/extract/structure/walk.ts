import { type ContainerVariable, variablesOf } from "../containers.ts";
import type { Candidate } from "../place.ts";
import { findInVariables } from "../variables.ts";
import { entriesOf, valueAt } from "../yaml.ts";
import { destinations, externalServices } from "./destinations.ts";
import { note } from "./notes.ts";
import { nearest } from "./entryNotes.ts";
import { args, collector, compose, extraArgs, settings } from "./parts.ts";
import { notRemoteWrite, remoteWrite, remoteWriteResource } from "./remoteWrite.ts";
import { sealedSecret, secretManifest } from "./secretManifest.ts";
import { fluentOutput, vector } from "./sinks.ts";
import { below, type Recogniser, type Scene, type Spot } from "./spot.ts";
import { text } from "./text.ts";

/** What a value may be: the first that knows it has it, and all that is below it. */
const RECOGNISERS: readonly Recogniser[] = [
    compose,
    secretManifest,
    sealedSecret,
    remoteWriteResource,
    notRemoteWrite,
    remoteWrite,
    destinations,
    externalServices,
    collector,
    vector,
    fluentOutput,
    extraArgs,
    args,
    settings,
    text,
];

const MOST_VISITS = 1_500_000; // values; 5 MB of YAML have half of that

/** The candidates in a value and all below it. Depth is bounded by who parses the text. */
export function walk(spot: Spot): Candidate[] {
    const { shared, file } = spot.scene;
    if (++shared.visits > MOST_VISITS) {
        throw new Error(
            `${file.name} has too many values, or aliases of aliases: give a part of it`,
        );
    }
    const here = enter(spot);
    for (const recognise of RECOGNISERS) {
        const found = recognise(here, walk);
        if (found !== undefined) return found;
    }
    if (Array.isArray(here.value)) {
        return here.value.flatMap((one: unknown, index) => walk(below(here, index, one)));
    }
    return entriesOf(here.value).flatMap(([key, one]) => {
        const inner = below(here, key, one);
        noteNear(inner);
        return walk(inner);
    });
}

/** What a mapping says of all that is below it: its namespace, and its variables. */
function enter(spot: Spot): Spot {
    const { value, scene } = spot;
    if (entriesOf(value).length === 0) return spot;
    const isObject = ["apiVersion", "kind"].every((key) => typeof valueAt(value, key) === "string");
    const namespace = isObject ? valueAt(value, "metadata", "namespace") : undefined;
    const inner: Scene = {
        ...scene,
        inPod: scene.inPod || isObject,
        namespace: typeof namespace === "string" ? namespace : scene.namespace,
    };
    const { shared } = scene;
    const variables = variablesOf(value, (reference) =>
        shared.secrets.resolve(reference, inner.namespace),
    );
    const settings = valueAt(value, "kind") === "ConfigMap" ? settingsOf(value) : [];
    if (settings.length > 0) keepCandidates(settings, { ...spot, scene: inner });
    if (variables.length === 0) return { ...spot, scene: inner };
    keepCandidates(variables, { ...spot, scene: inner });
    const known = new Map(variables.map((one) => [one.name, one.value]));
    const lookup = (name: string) => {
        const own = known.get(name);
        if (own === undefined) return scene.lookup(name);
        shared.used.add(name);
        return own;
    };
    return { ...spot, scene: { ...inner, lookup } };
}

/** What a ConfigMap gives to the containers that have `envFrom`. */
function settingsOf(value: unknown): ContainerVariable[] {
    return entriesOf(valueAt(value, "data")).flatMap(([name, one]) =>
        typeof one === "string" && !one.includes("\n")
            ? [{ name, path: `data.${name}`, value: one }]
            : [],
    );
}

/** Variables that are called after a credential of remote write, in case nothing refers to them. */
function keepCandidates(variables: readonly ContainerVariable[], { path, scene }: Spot): void {
    const { name, machine, advice, directory, reading } = scene.file;
    const own = variables.map((one) => ({
        name: one.name,
        value: one.value,
        place: `${name}: ${path === "" ? "" : `${path}.`}${one.path} (${one.name})`,
        plaintext: true,
        advice,
        directory,
        reading,
    }));
    for (const candidate of findInVariables(own, [], machine)) {
        const [, variable = ""] = /\(([^()]+)\)(?:\[[0-9]+\])?$/.exec(candidate.place) ?? [];
        scene.shared.variables.push({ name: variable, candidate });
    }
}

const AUTHENTICATION =
    /^(?:basic_?auth|bearer_?token\w*|authorization|credentials|password|token)$/i;

/** A list or a mapping that may have been meant, or may be another program's remote write. */
function noteNear(spot: Spot): void {
    const { key, value } = spot;
    if (typeof value !== "object" || value === null) return;
    const meant = nearest(key, ["remote_write", "remoteWrite"]);
    if (meant !== undefined && !/^remote_?writes?$/i.test(key)) {
        note(spot, "typo", `looks like ${meant}: correct it there`);
    }
    const keys = entriesOf(value).map(([one]) => one);
    if (keys.some((one) => /^(?:url|endpoint|host)$/i.test(one))) {
        if (keys.some((one) => AUTHENTICATION.test(one))) {
            note(
                spot,
                "nobody's",
                `has a URL and a credential, and nothing says that it is remote write: if it is, give --key ${spot.path}`,
            );
        }
    }
}
