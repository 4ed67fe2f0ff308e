import {
    defineMappingTag,
    defineScalarTag,
    defineSequenceTag,
    FAILSAFE_SCHEMA,
    loadAll,
    mapTag,
    mergeTag,
    NOT_RESOLVED,
    seqTag,
    YAMLException,
} from "js-yaml";
import { Elsewhere } from "./elsewhere.ts";
import { explainTemplate, quoteTemplates } from "./template.ts";

/** As Go's decoders have it: nothing, where a text is expected, is the empty one. */
const emptyTag = defineScalarTag("tag:yaml.org,2002:null", {
    implicit: true,
    implicitFirstChars: ["", "~", "n", "N"],
    resolve: (source, isExplicit) =>
        isExplicit || /^(?:~|null|Null|NULL|)$/.test(source) ? "" : NOT_RESOLVED,
    identify: () => false,
});

/** Base64, which every reader decodes before it looks at the text. */
const binaryTag = defineScalarTag("tag:yaml.org,2002:binary", {
    resolve: (source) => Buffer.from(source, "base64").toString(),
    identify: () => false,
});

/** `!!int 1`, `!!float`, `!!bool`: the text, as it is without. */
const plainTag = defineScalarTag("tag:yaml.org,2002:", {
    matchByTagPrefix: true,
    resolve: (source) => source,
    identify: () => false,
});

/** Ansible's own, of which the text is what there is to read. */
const TEXT_TAGS = ["!vault", "!vault-encrypted", "!unsafe"];

/** `!secret rw_password`, `!Ref Password`: a name, which a reader that knows the tag looks up. */
const otherTag = defineScalarTag("!", {
    matchByTagPrefix: true,
    resolve: (source, _isExplicit, tagName) => {
        if (tagName === "!" || TEXT_TAGS.includes(tagName)) return source;
        const tag = /^![A-Za-z][\w:.-]{0,20}$/.test(tagName) ? tagName : "tagged";
        const missing = `it is ${tag}, which its reader looks up by that name: give what it gets there`;
        return new Elsewhere({ missing });
    },
    identify: () => false,
});

const SCHEMA = FAILSAFE_SCHEMA.withTags(
    mergeTag,
    emptyTag,
    binaryTag,
    plainTag,
    otherTag,
    defineSequenceTag("!", { ...seqTag, matchByTagPrefix: true, identify: () => false }),
    defineMappingTag("!", { ...mapTag, matchByTagPrefix: true, identify: () => false }),
);

const MOST_LEVELS = 200; // no configuration is as deep; what is walks off the stack

/** How the reader of a YAML text takes it. */
export interface YamlReading {
    /**
     * Whether the last of two keys of one name counts, as for Helm and Ansible. Prometheus, the
     * collector and Compose refuse them: yaml.v2 in strict mode, and yaml.v3.
     */
    readonly isLastKept?: boolean;
}

/**
 * The documents of a YAML or JSON text, every scalar as the text it is written as: a password
 * `0123` is no number.
 *
 * Throws a one-line error with the position alone, because the messages of the library quote the
 * line at fault.
 */
export function parseYaml(text: string, name: string, reading: YamlReading = {}): unknown[] {
    try {
        const { isLastKept: json = false } = reading;
        const source = quoteTemplates(text);
        const documents = loadAll(source, { schema: SCHEMA, json, maxDepth: MOST_LEVELS });
        for (const document of documents) requireShallow(document, name);
        if (text.includes("*")) requireFew(documents, name);
        return documents;
    } catch (error) {
        if (!(error instanceof YAMLException)) throw error;
        // eslint-disable-next-line preserve-caught-error -- its message quotes the line at fault
        throw new Error(explain(error, text, name));
    }
}

function explain({ reason, mark }: YAMLException, text: string, name: string): string {
    const { line = 0, column = 0 } = mark ?? {};
    const position = `line ${line + 1}, column ${column + 1}`;
    if (/duplicated mapping key/.test(reason)) {
        return `${name} has a key twice, which its reader refuses: take one out at ${position}`;
    }
    // The name of an alias is not repeated.
    if (/alias|anchor/.test(reason)) {
        return `${name} is no YAML that can be read: its aliases cannot be resolved`;
    }
    return explainTemplate(text, name) ?? `${name} is no YAML: see ${position}`;
}

/** Throws where a value is nested too deep to be walked, as one that holds itself is. */
export function requireShallow(value: unknown, name: string): void {
    let level = [value];
    for (let depth = 0; level.length > 0; depth++) {
        if (depth > MOST_LEVELS) throw new Error(`${name} is nested too deep, or holds itself`);
        // Each value once a level: aliases can name one many times over.
        const below = new Set<unknown>();
        for (const one of level) {
            if (typeof one !== "object" || one === null) continue;
            for (const child of Object.values(one)) {
                if (typeof child === "object" && child !== null) below.add(child);
            }
        }
        level = [...below];
    }
}

const MOST_VALUES = 4_000_000; // 5 MB of YAML have a tenth of that

/** Throws where aliases of aliases make more of a text than there is, as yaml.v3 does. */
function requireFew(documents: readonly unknown[], name: string): void {
    const sizes = new Map<unknown, number>();
    const measure = (value: unknown): number => {
        if (typeof value !== "object" || value === null) return 1;
        const known = sizes.get(value);
        if (known !== undefined) return known;
        const size = Object.values(value).reduce((sum: number, one) => sum + measure(one), 1);
        sizes.set(value, size);
        return size;
    };
    if (measure(documents) > MOST_VALUES) {
        throw new Error(`${name} has aliases of aliases, which its reader refuses: write them out`);
    }
}

/** The entries of a mapping; none for anything else. */
export function entriesOf(content: unknown): [string, unknown][] {
    return typeof content === "object" && content !== null && !Array.isArray(content)
        ? Object.entries(content)
        : [];
}

/** The value at a path of keys; undefined where there is none. */
export function valueAt(content: unknown, ...keys: readonly string[]): unknown {
    return keys.reduce<unknown>((value, key) => {
        const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
        return isMapping && Object.hasOwn(value, key)
            ? (value as Record<string, unknown>)[key]
            : undefined;
    }, content);
}
