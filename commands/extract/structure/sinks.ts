import { findInOutput, findInVector } from "../flat.ts";
import { entriesOf, valueAt } from "../yaml.ts";
import { siteOf } from "./remoteWrite.ts";
import { placeIn, type Recogniser } from "./spot.ts";

const TYPE = "prometheus_remote_write";

/** The configuration of Vector, wherever it is: `customConfig:` of its chart. */
export const vector: Recogniser = (spot) => {
    const sinks = entriesOf(valueAt(spot.value, "sinks"));
    if (!sinks.some(([, sink]) => valueAt(sink, "type") === TYPE)) return undefined;
    const { machine } = siteOf(spot);
    const name = spot.path === "" ? spot.scene.file.name : placeIn(spot)("");
    return findInVector(spot.value, { ...spot.scene.file, machine, name });
};

/** An output of Fluent Bit, in its YAML. */
export const fluentOutput: Recogniser = (spot) => {
    if (valueAt(spot.value, "name") !== TYPE) return undefined;
    const { machine } = siteOf(spot);
    return findInOutput(entriesOf(spot.value), spot.path, { ...spot.scene.file, machine });
};
