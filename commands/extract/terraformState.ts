import { basename } from "node:path";
import { leavesOf, parseJson } from "./json.ts";
import type { Candidate, Source } from "./place.ts";
import { guess, judge, keysWithin, type Leaf, withJson } from "./stateGuess.ts";
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
    find: async ([path = ""], { address }, machine) => {
        const { text } = machine.readFile(path);
        const values = withJson(readState(parseState(text, path), path));
        const place = (at: string) => `${basename(path)}: ${at}`;
        const owned = Map.groupBy(values, ({ owner }) => owner);
        const site = { all: values, place, machine, owned };
        if (address === undefined) {
            const found: Candidate[] = [];
            for (const one of values) found.push(...(await guess(one, site)));
            if (found.length > 0) return found;
            throw new Error(
                `no remote-write credential found in ${path}: ${owned.size} resources and outputs were looked at; name an attribute with --address`,
            );
        }
        const named = values.filter(({ at }) => at === address || at === `${address}.result`);
        const [only] = named;
        if (only === undefined) {
            throw new Error(`${path} has no text at ${address}: give resource and attribute`);
        }
        const inside = keysWithin(only, site);
        // Who names an address knows what it is for.
        return (inside.length > 0 ? inside : [only]).map((one) => ({
            ...judge(one, site),
            doubt: undefined,
        }));
    },
};

/** JSON, or what to give instead of what it is. */
function parseState(text: string, path: string): unknown {
    const advice = "give terraform.tfstate, or the output of terraform show -json";
    if (/^\s*(?:#[^\n]*\n\s*)*(?:resource|data|output)\s+"|^# [\w.[\]"]+:?$/m.test(text)) {
        throw new Error(`${path} is for people to read: ${advice}`);
    }
    const isWritten = /^\s*[{[]/.test(text);
    if (!isWritten && /^\s*[\w-]+\s*(?:=|\{)/m.test(text)) {
        throw new Error(`${path} is in Terraform's language, not a state: ${advice}`);
    }
    return parseJson(text, path);
}

function readState(state: unknown, path: string): Leaf[] {
    if (valueAt(state, "encrypted_data") !== undefined) {
        throw new Error(
            `${path} is encrypted by OpenTofu: give the output of tofu show -json, run where its key is`,
        );
    }
    if (valueAt(state, "backend") !== undefined && valueAt(state, "resources") === undefined) {
        throw new Error(
            `${path} only says where the state is kept: run terraform state pull, and give what that prints`,
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
    const number = valueAt(values, "prometheus_user_id"); // of a grafana_cloud_stack
    const texts = leavesOf(values);
    if (typeof number === "number") texts.push(["prometheus_user_id", String(number)]);
    return texts.map(([path, text]) => {
        const at = path === "" || path.startsWith("[") ? owner + path : `${owner}.${path}`;
        return { at, owner, type, path, sensitive, text };
    });
}

function listAt(value: unknown, key: string): readonly unknown[] {
    const list = valueAt(value, key);
    return Array.isArray(list) ? list : [];
}

function textAt(value: unknown, key: string): string | undefined {
    const text = valueAt(value, key);
    return typeof text === "string" ? text : undefined;
}
