import { basename } from "node:path";
import { leavesOf, parseJson } from "./json.ts";
import { judgeKey, likelyKeys } from "./operatorResource.ts";
import type { Candidate, Source } from "./place.ts";
import { entriesOf, valueAt } from "./yaml.ts";

/** The state of Terraform and OpenTofu. */
export const terraform: Source = {
    name: "terraform",
    description:
        "Looks in a state of Terraform or OpenTofu: terraform.tfstate, or what show -json prints.",
    argument: ["<file>", "terraform.tfstate (version 4), or the output of show -json"],
    options: [
        [
            "--address <address>",
            "where it is: random_password.push.result, output.token, module.a.kubernetes_secret_v1.b.data.token",
        ],
    ],
    find: ([path = ""], { address }, machine) => {
        const { text } = machine.readFile(path);
        const values = readState(parseJson(text, path), path);
        const place = (at: string) => `${basename(path)}: ${at}`;
        if (address === undefined) return values.flatMap((one) => guess(one, values, place));
        const named = values.filter(({ at }) => at === address || at === `${address}.result`);
        const [only] = named;
        if (only) return [judge(only, values, place)];
        throw new Error(`${path} has no text at ${address}: give resource and attribute`);
    },
};

/** A text in the state. */
interface Leaf {
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

const ADVICE =
    "whoever reads this state, a copy or a former version has it: rotate, and encrypt the state";

function readState(state: unknown, path: string): Leaf[] {
    if (valueAt(state, "encrypted_data") !== undefined) {
        throw new Error(
            `${path} is encrypted by OpenTofu: give the output of tofu show -json, run where its key is`,
        );
    }
    const shown =
        valueAt(state, "values") ??
        valueAt(state, "prior_state", "values") ??
        valueAt(state, "planned_values");
    if (shown !== undefined) {
        return [...readModule(valueAt(shown, "root_module")), ...readOutputs(shown)];
    }
    const version = valueAt(state, "version");
    if (version === 4) return [...readResources(state), ...readOutputs(state)];
    if (typeof version === "number" && valueAt(state, "terraform_version") !== undefined) {
        throw new Error(
            `${path} is a state of version ${version}, not 4: give the output of terraform show -json`,
        );
    }
    throw new Error(`${path} is no state: give terraform.tfstate or the output of show -json`);
}

/** `resources[]` of a state of version 4. */
function readResources(state: unknown): Leaf[] {
    return listAt(state, "resources").flatMap((resource) => {
        const [module, type, name] = ["module", "type", "name"].map((key) => {
            return textAt(resource, key);
        });
        const mode = textAt(resource, "mode") === "data" ? "data." : "";
        const prefix = module ? `${module}.` : "";
        return listAt(resource, "instances").flatMap((instance) => {
            const index = valueAt(instance, "index_key");
            const suffix = index === undefined ? "" : `[${JSON.stringify(index)}]`;
            const owner = `${prefix}${mode}${type ?? ""}.${name ?? ""}${suffix}`;
            return leaves(owner, type ?? "", withoutTypes(valueAt(instance, "attributes")));
        });
    });
}

/** Attributes of any type, such as `terraform_data.x.input`, stand in a state beside their type. */
function withoutTypes(attributes: unknown): unknown {
    return Object.fromEntries(
        entriesOf(attributes).map(([name, attribute]) => {
            const keys = entriesOf(attribute).map(([key]) => key);
            const isTyped =
                keys.sort().join() === "type,value" && isType(valueAt(attribute, "type"));
            return [name, isTyped ? valueAt(attribute, "value") : attribute];
        }),
    );
}

/** As a state writes it: `"string"`, `["object", {...}]`. */
function isType(value: unknown): boolean {
    return Array.isArray(value) || ["string", "number", "bool"].includes(value as string);
}

/** A module of `show -json`, with those below it. */
function readModule(module: unknown): Leaf[] {
    return [
        ...listAt(module, "resources").flatMap((resource) =>
            leaves(
                textAt(resource, "address") ?? "",
                textAt(resource, "type") ?? "",
                valueAt(resource, "values"),
            ),
        ),
        ...listAt(module, "child_modules").flatMap(readModule),
    ];
}

function readOutputs(state: unknown): Leaf[] {
    return entriesOf(valueAt(state, "outputs")).flatMap(([name, output]) =>
        leaves(
            `output.${name}`,
            "output",
            valueAt(output, "value"),
            valueAt(output, "sensitive") === true,
        ),
    );
}

function leaves(owner: string, type: string, values: unknown, sensitive = false): Leaf[] {
    return leavesOf(values).map(([path, text]) => {
        const at = path === "" || path.startsWith("[") ? owner + path : `${owner}.${path}`;
        return { at, owner, type, path, sensitive, text };
    });
}

/** Whether a text is likely a credential, by what it belongs to. */
function guess(leaf: Leaf, all: readonly Leaf[], place: (at: string) => string): Candidate[] {
    const { type, path, text, sensitive } = leaf;
    if (text === "") return [];
    const isSecret = /^kubernetes_secret(?:_v1)?$/.test(type) && path.startsWith("data.");
    const isLikely =
        (type === "random_password" && path === "result") ||
        (type === "output" && sensitive && likelyKeys([nameOf(leaf)]).length > 0) ||
        (isSecret && likelyKeys(Object.keys(siblingsOf(leaf, all))).includes(nameOf(leaf)));
    return isLikely ? [judge(leaf, all, place)] : [];
}

function judge(leaf: Leaf, all: readonly Leaf[], place: (at: string) => string): Candidate {
    const judged =
        leaf.type === "random_password"
            ? { kind: "bearer token" as const }
            : judgeKey(nameOf(leaf), siblingsOf(leaf, all));
    return { place: place(leaf.at), ...judged, value: leaf.text, plaintext: true, advice: ADVICE };
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
function siblingsOf(leaf: Leaf, all: readonly Leaf[]): Record<string, string> {
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
        all
            .filter(({ owner, path }) => owner === leaf.owner && path.startsWith(parent))
            .map((one) => [nameOf(one), one.text]),
    );
}

function listAt(value: unknown, key: string): readonly unknown[] {
    const list = valueAt(value, key);
    return Array.isArray(list) ? list : [];
}

function textAt(value: unknown, key: string): string | undefined {
    const text = valueAt(value, key);
    return typeof text === "string" ? text : undefined;
}
