import { gunzipSync } from "node:zlib";
import { judgeKey, likelyKeys } from "../operatorResource.ts";
import type { Candidate } from "../place.ts";
import { entriesOf, valueAt } from "../yaml.ts";
import { note } from "./notes.ts";
import { parsePart } from "./part.ts";
import { decodeKey, type MadeSecret, readText } from "./secrets.ts";
import { below, type Recogniser, type Spot } from "./spot.ts";
import { text } from "./text.ts";

/** Secrets of these types hold something else. */
const OTHER_TYPES =
    /^(?:kubernetes\.io\/(?:tls|dockercfg|dockerconfigjson|service-account-token|ssh-auth)|bootstrap\.kubernetes\.io\/token|helm\.sh\/release\.v1)$/;

/** A Secret's manifest, and a ConfigMap's: their keys may be whole configurations. */
export const secretManifest: Recogniser = (spot, walk) => {
    if (valueAt(spot.value, "kind") !== "Secret") return undefined;
    return ["data", "stringData"].flatMap((field) =>
        entriesOf(valueAt(spot.value, field)).flatMap(([key, one]) => {
            const whole = below(below(spot, field, undefined), key, undefined);
            const value = field === "data" ? unpack(one) : one;
            return typeof value === "string" && isConfiguration(value)
                ? (text({ ...whole, value }, walk) ?? [])
                : [];
        }),
    );
};

/** What holds the same, encrypted for its cluster or kept elsewhere. */
const SEALED: Readonly<Record<string, string>> = {
    SealedSecret: "is encrypted for its cluster",
    ExternalSecret: "is filled in from a secret store",
    PushSecret: "copies a Secret into a secret store",
    SecretProviderClass: "is filled in from a secret store",
    VaultStaticSecret: "is filled in from Vault",
    VaultDynamicSecret: "is filled in from Vault",
    OnePasswordItem: "is filled in from 1Password",
    BitwardenSecret: "is filled in from Bitwarden",
    SopsSecret: "is encrypted by SOPS",
    InfisicalSecret: "is filled in from Infisical",
    DopplerSecret: "is filled in from Doppler",
};

/** A Secret that is only whole in the cluster. */
export const sealedSecret: Recogniser = (spot) => {
    const kind = valueAt(spot.value, "kind");
    const what = typeof kind === "string" ? SEALED[kind] : undefined;
    if (what === undefined) return undefined;
    const target = valueAt(spot.value, "spec", "target", "name");
    const name = typeof target === "string" ? target : valueAt(spot.value, "metadata", "name");
    const called = typeof name === "string" ? name : "<name>";
    note(
        spot,
        "sealed",
        `(${String(kind)} ${called}) ${what}: npm run extract -- kubernetes ${spot.scene.namespace}/${called}`,
    );
    return [];
};

/** A configuration, rather than a credential of several lines. */
export function isConfiguration(value: string): boolean {
    return value.includes("\n") || /^\s*[[{]/.test(value);
}

/** The text of a key of `data`; operators keep what they make compressed. */
export function unpack(packed: unknown): string | undefined {
    if (typeof packed !== "string") return undefined;
    const bytes = Buffer.from(packed, "base64");
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString();
    try {
        return gunzipSync(bytes, { maxOutputLength: 64 * 1024 * 1024 }).toString();
    } catch {
        return undefined;
    }
}

/** Every Secret that a content makes, as manifests, in a chart's values or in a kustomization. */
export function collectSecrets(spot: Spot): void {
    const { value, key, scene } = spot;
    const made = [
        ...(valueAt(value, "kind") === "Secret" ? [readManifest(spot)] : []),
        ...(key === "extraSecret" ? [readExtra(spot)] : []),
        ...(key === "secretGenerator" && Array.isArray(value)
            ? value.map((one: unknown, index) => readGenerator(below(spot, index, one)))
            : []),
    ];
    for (const secret of made) if (secret !== undefined) scene.shared.secrets.add(secret);
    if (typeof value === "string" && /^kind:\s*["']?Secret\b/m.test(value)) {
        const part = parsePart(value); // a template need not be YAML before it is rendered
        if (part !== undefined) collectSecrets({ ...spot, value: part });
    }
}

function readManifest(spot: Spot): MadeSecret | undefined {
    const { value } = spot;
    const type = valueAt(value, "type");
    if (typeof type === "string" && OTHER_TYPES.test(type)) return undefined;
    const { reading } = spot.scene.file;
    const fields = ["data", "stringData"].flatMap((field) =>
        entriesOf(valueAt(value, field))
            .filter((one): one is [string, string] => typeof one[1] === "string")
            .map(([key, one]): [string, string, ReturnType<typeof readText>] => [
                key,
                field,
                field === "data" ? decodeKey(one, reading) : readText(one, reading),
            ]),
    );
    const where = new Map(fields.map(([key, field]) => [key, field]));
    return describe(
        spot,
        valueAt(value, "metadata"),
        Object.fromEntries(fields.map(([key, , held]) => [key, held])),
        (key) => `${where.get(key) ?? "data"}.${key}`,
    );
}

/** `extraSecret` of kube-prometheus-stack: the chart encodes it. */
function readExtra(spot: Spot): MadeSecret | undefined {
    const data = entriesOf(valueAt(spot.value, "data")).flatMap(([key, one]) =>
        typeof one === "string" ? [[key, readText(one)] as const] : [],
    );
    return describe(spot, spot.value, Object.fromEntries(data), (key) => `data.${key}`);
}

/** An entry of `secretGenerator`: `literals: [key=value]`. */
function readGenerator(spot: Spot): MadeSecret | undefined {
    const literals = valueAt(spot.value, "literals");
    const data = (Array.isArray(literals) ? (literals as unknown[]) : []).flatMap((one) => {
        const [, key = "", value = ""] = /^([^=]+)=(.*)$/s.exec(String(one)) ?? [];
        // kustomize takes quotes off that are around all of it.
        const bare = /^(["']).*\1$/s.test(value) ? value.slice(1, -1) : value;
        return key === "" ? [] : [[key, readText(bare)] as const];
    });
    return describe(spot, spot.value, Object.fromEntries(data), (key) => `literals ${key}`);
}

function describe(
    { scene, path }: Spot,
    metadata: unknown,
    data: MadeSecret["data"],
    name: (key: string) => string,
): MadeSecret | undefined {
    const [called, namespace] = ["name", "namespace"].map((key) => valueAt(metadata, key));
    if (typeof called !== "string") return undefined;
    return {
        name: called,
        namespace: typeof namespace === "string" ? namespace : undefined,
        data,
        advice: scene.file.advice,
        place: (key) => `${scene.file.name}: ${path === "" ? "" : `${path}.`}${name(key)}`,
    };
}

/** What is called after remote write, or after what it pushes to. */
const PURPOSE =
    /remote[-_.]?write|(?:^|[-_.\d ])(?:rw|prom|prometheus|mimir|cortex|thanos|vmagent|victoria\w*|grafana-?cloud|alloy|push|metrics)(?:[-_.\d ]|$)/i;
const OTHER = /admin|read|scrape|loki|tempo|alertmanager|database|postgres|mysql|smtp|slack|tls/i;

/**
 * The keys of Secrets that nothing refers to. Where neither a Secret nor the text says what it is
 * for, nobody but the user chooses it.
 */
export function judgeSecrets(secrets: readonly MadeSecret[], isAlone: boolean): Candidate[] {
    return secrets.flatMap((secret) => {
        const { data } = secret;
        const texts = Object.fromEntries(
            Object.entries(data).map(([key, { value }]) => [key, value ?? ""]),
        );
        const keys = likelyKeys(Object.keys(data)).filter(
            (key) => !isConfiguration(texts[key] ?? ""),
        );
        const said = `${secret.name} ${keys.join(" ")}`;
        const isSure = !OTHER.test(said) && (isAlone || PURPOSE.test(said));
        return keys.map((key) => ({
            place: `${secret.place(key)} (Secret ${secret.name})`,
            ...judgeKey(key, texts),
            ...data[key],
            plaintext: data[key]?.value !== undefined,
            advice: secret.advice,
            ...(isSure ? {} : { doubt: "nothing there says that it is for remote write" }),
        }));
    });
}
