import { helm } from "./helmValues.ts";
import { leavesOf, putAt, tryJson } from "./json.ts";
import { judgeKey, likelyKeys } from "./operatorResource.ts";
import type { Candidate, Machine } from "./place.ts";
import { findInText } from "./senderFile.ts";
import { valueOrMissing } from "./standIn.ts";
import { isForRemoteWrite } from "./variables.ts";

/** A text in the state. */
export interface Leaf {
    /** As Terraform writes it, with the attribute: `module.a.random_password.b["c"].result`. */
    readonly at: string;
    /** Address of the resource or output. */
    readonly owner: string;
    readonly type: string;
    /** Path in the owner. */
    readonly path: string;
    readonly sensitive: boolean;
    /** Secret. */
    readonly text: string;
}

/** A state, and how to name what is in it. */
export interface StateSite {
    readonly all: readonly Leaf[];
    readonly place: (at: string) => string;
    readonly machine: Machine;
    /** The texts of each resource or output. */
    readonly owned: ReadonlyMap<string, readonly Leaf[]>;
}

const ADVICE =
    "whoever reads this state, a copy or a former version has it: rotate, and encrypt the state";
const NOTHING_SAYS = "nothing in the state says that it is for remote write";

/** Attributes in which providers keep what a store of secrets holds. */
const STORED: Readonly<Record<string, RegExp>> = {
    aws_ssm_parameter: /^value(?:\.|$)/,
    aws_secretsmanager_secret_version: /^secret_string(?:\.|$)/,
    google_secret_manager_secret_version: /^secret_data(?:\.|$)/,
    azurerm_key_vault_secret: /^value(?:\.|$)/,
    vault_kv_secret_v2: /^data(?:_json)?\./,
    vault_kv_secret: /^data(?:_json)?\./,
    vault_generic_secret: /^data(?:_json)?\./,
    grafana_cloud_access_policy_token: /^token$/,
    grafana_cloud_api_key: /^key$/,
};

/** Attributes that hold a whole configuration, as text. */
const WRITTEN: Readonly<Record<string, RegExp>> = {
    helm_release: /^values\[[0-9]+\]$/,
    kubernetes_config_map: /^data\./,
    kubernetes_config_map_v1: /^data\./,
    kubectl_manifest: /^yaml_body(?:_parsed)?$/,
    local_file: /^content$/,
    local_sensitive_file: /^content$/,
};

/** The texts of a state, with those in the JSON that some of them are. */
export function withJson(leaves: readonly Leaf[]): readonly Leaf[] {
    return leaves.flatMap((leaf) => {
        if (!/^\s*\{/.test(leaf.text)) return [leaf];
        const within = leavesOf(tryJson(leaf.text)).map(([path, text]) => ({
            ...leaf,
            at: `${leaf.at}.${path}`,
            path: leaf.path === "" ? path : `${leaf.path}.${path}`,
            text,
        }));
        return within.length > 0 ? [leaf, ...within] : [leaf];
    });
}

/** The likely credentials in the JSON that a text is. */
export function keysWithin(leaf: Leaf, { owned }: StateSite): readonly Leaf[] {
    const inside = (owned.get(leaf.owner) ?? []).filter(({ at }) => at.startsWith(`${leaf.at}.`));
    const keys = likelyKeys(inside.map(nameOf));
    return inside.filter((one) => keys.includes(nameOf(one)));
}

/** Whether a text is likely a credential, by what it belongs to. */
export async function guess(leaf: Leaf, site: StateSite): Promise<Candidate[]> {
    const { type, path, text, sensitive } = leaf;
    if (text === "") return [];
    const isSecret = /^kubernetes_secret(?:_v1)?$/.test(type) && path.startsWith("data.");
    if (WRITTEN[type]?.test(path) || (isSecret && text.includes("\n"))) {
        return findInside(leaf, site);
    }
    if (type === "helm_release" && SETTING.test(path)) return findInSettings(leaf, site);
    const keys = () => likelyKeys(Object.keys(siblingsOf(leaf, site))).includes(nameOf(leaf));
    const isWhole = () => keysWithin(leaf, site).length === 0;
    const isStored = STORED[type]?.test(path) === true && isWhole() && isNamed(leaf, site);
    const isLikely =
        (type === "random_password" && path === "result") ||
        (type === "output" && sensitive && isWhole() && likelyKeys([nameOf(leaf)]).length > 0) ||
        ((isSecret || (isStored && /\./.test(path))) && keys()) ||
        (isStored && !/\./.test(path));
    return isLikely ? [judge(leaf, site)] : [];
}

/** What a text is taken for: of an address that is given, whatever it is. */
export function judge(leaf: Leaf, site: StateSite): Candidate {
    const { all, place } = site;
    const name = nameOf(leaf);
    const judged =
        leaf.type === "random_password"
            ? { kind: "bearer token" as const }
            : leaf.type.startsWith("grafana_cloud_")
              ? { kind: "basic auth" as const, username: instanceOf(all) }
              : judgeKey(name, siblingsOf(leaf, site));
    const held = valueOrMissing(leaf.text);
    const isMeant = isNamed(leaf, site) || /(?:^|[._-])push(?:[._-]|$)/.test(leaf.at);
    return {
        place: place(leaf.at),
        ...judged,
        ...held,
        ...(isMeant ? {} : { doubt: NOTHING_SAYS }),
        plaintext: held.missing === undefined,
        advice: ADVICE,
    };
}

/** Whether an address, or what the resource is called where it is kept, is for remote write. */
function isNamed({ at, owner, type }: Leaf, { owned }: StateSite): boolean {
    const names = (owned.get(owner) ?? []).filter((one) =>
        /^(?:name|secret_id|arn|id|path|metadata\[0\]\.name|parameter)$/.test(one.path),
    );
    // A type of Grafana's is no name that somebody gave.
    return [at.replace(type, ""), ...names.map(({ text }) => text)].some(isForRemoteWrite);
}

/** The number of the metrics instance, where the state has one Grafana Cloud stack. */
function instanceOf(all: readonly Leaf[]): string | undefined {
    const numbers = all.filter(({ path }) => /(?:^|\.)prometheus_user_id$/.test(path));
    const [first, second] = numbers;
    return second === undefined ? first?.text : undefined;
}

/** The credentials in a configuration that an attribute is. What is none is passed over. */
async function findInside({ at, text, type }: Leaf, site: StateSite): Promise<Candidate[]> {
    const { place, machine } = site;
    try {
        if (type === "helm_release") return await findInValues(text, place(at), machine);
        return findInText({
            text,
            name: place(at),
            directory: "/",
            machine: refuseFiles(machine),
            advice: ADVICE,
        });
    } catch {
        return [];
    }
}

/** `set { name = "a.b[0].c", value = "..." }`, of one release all together. */
async function findInSettings({ owner, path }: Leaf, site: StateSite): Promise<Candidate[]> {
    const own = site.owned.get(owner) ?? [];
    const valueOf = (at: string) => own.find((one) => one.path === at)?.text;
    const settings = own.filter((one) => SETTING.test(one.path));
    if (settings[0]?.path !== path) return []; // found with the first
    const values = {};
    for (const setting of settings) {
        const name = valueOf(setting.path.replace(/\.value$/, ".name"));
        if (name !== undefined) putAt(values, name, setting.text);
    }
    return findInValues(JSON.stringify(values), site.place(`${owner}.set`), site.machine);
}

const SETTING = /^set(?:_sensitive)?\[[0-9]+\]\.value$/;

/** The credentials in values of Helm, wherever they are kept. */
export async function findInValues(
    text: string,
    name: string,
    machine: Machine,
): Promise<Candidate[]> {
    const readFile = () => ({ text, modified: machine.now, exposed: false });
    const found = await helm.find(["values"], {}, { ...machine, readFile, list: () => [] });
    return found.map((one) => ({
        ...one,
        place: `${name}: ${one.place.replace(/^values: /, "")}`,
        ...(one.advice === undefined ? {} : { advice: ADVICE }),
    }));
}

/** A file that a configuration in a state names is where that is used. */
export function refuseFiles(machine: Machine): Machine {
    return {
        ...machine,
        readFile: () => {
            throw new Error("it is a file where this configuration is used: give that one there");
        },
    };
}

/** The last name of a path, or the output's. */
function nameOf({ path, owner }: Leaf): string {
    if (path === "") return owner.replace(/^output\./, "");
    return path.startsWith("data.") ? path.slice("data.".length) : path.replace(/^.*\./, "");
}

/**
 * The texts beside one, by name: of an output `push_password` the output `push_username` is
 * `username`.
 */
function siblingsOf(leaf: Leaf, { all, owned }: StateSite): Record<string, string> {
    if (leaf.type === "output" && leaf.path === "") {
        const stem = leaf.owner.replace(/(?:passw(?:or)?d|pass|pwd)$/i, "");
        const user = all.find(
            ({ owner, path }) =>
                path === "" &&
                stem !== leaf.owner &&
                /^(?:username|user|login)$/i.test(
                    owner.startsWith(stem) ? owner.slice(stem.length) : "",
                ),
        );
        return user ? { username: user.text } : {};
    }
    const parent = leaf.path.startsWith("data.")
        ? "data."
        : leaf.path.slice(0, leaf.path.lastIndexOf(".") + 1);
    return Object.fromEntries(
        (owned.get(leaf.owner) ?? [])
            .filter(({ path }) => path.startsWith(parent))
            .map((one) => [nameOf(one), one.text]),
    );
}
