import type { Candidate } from "./place.ts";
import { isPath } from "./suspicion.ts";

/** Where a text stands, as that decides what it means and which command gets what it stands for. */
export interface Reading {
    /** The path of the file as it was given; left out: `<file>` is said. */
    readonly file?: string | undefined;
    /** What `npm run extract --` reads that file with, as `environment --file`. */
    readonly source?: string | undefined;
    /** What its variables are read with, as `--unit edge.service`. */
    readonly variables?: string | undefined;
    /** Whether its reader expands `$X` too, wherever it stands; else it is `$X` when it is all. */
    readonly unbraced?: boolean | undefined;
    /** Whether it is the path of a file that holds the value. */
    readonly path?: boolean | undefined;
    /** Whether a shell reads it, which runs what is between backquotes. */
    readonly shell?: boolean | undefined;
}

type Rule = readonly [pattern: RegExp, say: (match: RegExpExecArray, reading: Reading) => string];

const fileOf = ({ file }: Reading) => {
    if (file === undefined) return "<file>";
    return /^[\w./@%+-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
};
const rerun = ({ source = "prometheus" }: Reading) => `npm run extract -- ${source}`;

/** What encrypted a text, with what opens it: the file that is given next is what that prints. */
const ENCRYPTED: readonly Rule[] = [
    [
        /\bENC\[(?:PKCS7|GPG|KMS),/,
        (_, reading) =>
            `hiera-eyaml encrypted it: eyaml decrypt --eyaml ${fileOf(reading)}, and give what that prints`,
    ],
    [
        // https://github.com/getsops/sops#encrypting-only-parts-of-a-file
        /\bENC\[[A-Z0-9_]+,data:/,
        (_, reading) =>
            `SOPS encrypted it: sops exec-file --no-fifo ${fileOf(reading)} '${rerun(reading)} {}'`,
    ],
    [
        /^\s*\$ANSIBLE_VAULT;/,
        (_, reading) => `Ansible Vault encrypted it: npm run extract -- ansible ${fileOf(reading)}`,
    ],
    [
        /^\s*-----BEGIN (?:AGE ENCRYPTED FILE|PGP MESSAGE)-----/,
        () => "age or OpenPGP encrypted it: decrypt it, and give what that prints",
    ],
    [/^vault:v[0-9]+:/, () => "Vault encrypted it (transit): vault write transit/decrypt/<key>"],
    [
        /^(?:ENC\(.*\)|\{cipher\}.*)$/s,
        () => "it is encrypted for its program: decrypt it with that",
    ],
    [
        /^\s*-----BEGIN [A-Z ]+-----/,
        () => "it is a key or a certificate, no password and no token: look where those are kept",
    ],
    [
        // crypt(5), and LDAP's: RFC 2307
        /^(?:\$(?:2[abxy]?|apr1|1|5|6|7|y|gy|argon2\w*)\$|\{(?:SSHA|SHA|CRYPT|MD5)\}|pbkdf2:)/i,
        () => "it is the hash a receiver compares with: give what a sender pushes with",
    ],
];

const aws = (command: string) => `it is in AWS: aws ${command}`;

/** A text that names a secret in a store, in the words of what fills it in. */
const REFERENCES: readonly Rule[] = [
    [
        /\b(?:ref|secretref)\+[a-z0-9]+:\/\//,
        (_, reading) => `it is a reference of vals: vals eval -f ${fileOf(reading)}`,
    ],
    [
        /\bop:\/\//,
        (_, reading) => `it is a reference of 1Password: op inject -i ${fileOf(reading)}`,
    ],
    [
        /<path:[^>]*>/,
        (_, reading) =>
            `it is a reference of argocd-vault-plugin: argocd-vault-plugin generate ${fileOf(reading)}`,
    ],
    [
        /\{\{\s*resolve:secretsmanager:((?:arn:[\w:-]+?:secret:)?[\w/+=.@-]+)/,
        (match) => aws(`secretsmanager get-secret-value --secret-id ${match[1] ?? ""}`),
    ],
    [
        /\{\{\s*resolve:ssm(?:-secure)?:([\w/.-]+)/,
        (match) => aws(`ssm get-parameter --with-decryption --name ${match[1] ?? ""}`),
    ],
    [
        /^arn:[\w-]+:secretsmanager:[\w:/+=.@-]+$/,
        (match) => aws(`secretsmanager get-secret-value --secret-id ${match[0]}`),
    ],
    [
        /^arn:[\w-]+:ssm:[\w:-]*:parameter(\/[\w/.-]+)$/,
        (match) => aws(`ssm get-parameter --with-decryption --name ${match[1] ?? ""}`),
    ],
    [
        /^(?:sm:\/\/)?projects\/([\w-]+)\/secrets\/([\w-]+)(?:\/versions\/[\w-]+)?$/,
        (match) =>
            `it is in Google's Secret Manager: gcloud secrets versions access latest --project=${match[1] ?? ""} --secret=${match[2] ?? ""}`,
    ],
    [
        /@Microsoft\.KeyVault\(/,
        () => "it is in Azure Key Vault: az keyvault secret show --query value",
    ],
    [
        /^vault:[\w./-]+#[\w.${}-]+$/,
        () => "it is a reference of bank-vaults: vault kv get -field=<key> <path>",
    ],
    [
        /^https?:\/\/[^\s@]*$/,
        () => "it is a URL, no credential: look where the credential is really kept",
    ],
    [
        /^(?!https?:)([a-z][a-z0-9+.-]*):\/\/\S*$/i,
        (match) => `it is a reference (${match[1] ?? ""}://): give what it refers to`,
    ],
];

const NAME = "[A-Za-z_][A-Za-z0-9_.-]*";

/** A variable: its first group is the name that is in the environment. */
const VARIABLES: readonly RegExp[] = [
    // ${VAR}, ${env:VAR}, ${VAR:-default}, ${VAR:?text}
    /\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?:[:?=+,^#%/-][^}]*)?\}/,
    /\$\(([A-Za-z_][A-Za-z0-9_]*)\)/, // Kubernetes
    /%\{([A-Za-z_][A-Za-z0-9_]*)\}/, // VictoriaMetrics
    /^%([A-Za-z_][A-Za-z0-9_]*)%$/, // cmd.exe
    /^\$\{?env:([A-Za-z_][A-Za-z0-9_]*)\}?$/i, // PowerShell
    /^(?:sys\.env|env|os\.getenv|getenv)\(["']([A-Za-z_][A-Za-z0-9_]*)["']\)$/,
    // Where nothing is known to expand it, it must be nothing else, and look like a name.
    /(?:^|(?:Basic|Bearer)\s+)\$([A-Z][A-Z0-9_]{2,}|[A-Za-z]+_[A-Za-z0-9_]+)$/,
];
const UNBRACED = /(?<![$\\])(?:\$\$)*\$([A-Za-z_][A-Za-z0-9_]*)/;

/** What is rendered before a sender reads it. */
const TEMPLATES: readonly Rule[] = [
    [
        /\$\{\{.*?\}\}/s,
        () => "it comes from the secrets of a workflow: give the file as it is deployed",
    ],
    [
        new RegExp(
            `\\$\\{((?:var|local|data|module|each|path)\\.${NAME})|^((?:var|local|data|module)\\.${NAME})$`,
        ),
        (match) =>
            `it is ${match[1] ?? match[2] ?? ""} of Terraform: npm run extract -- terraform <what terraform show -json prints>`,
    ],
    [
        /<%.*?%>/s,
        () => "it is a template (ERB, of Puppet or Chef): give the file that it is rendered to",
    ],
    [/\{\{.*?\}\}|\{%.*?%\}/s, () => "it is a template: give the file that it is rendered to"],
    [
        /\$\{\s*[A-Za-z_][\w-]*[.:([][^}]*\}/,
        () => "it is an expression: give the file that it is rendered to",
    ],
    [
        /^(?:#\{[\w.:-]+\}#?|__[A-Za-z]\w*__|@@?[A-Za-z][\w.-]*@@?|%%\w+%%|<<[^>]*>>|\[\[.*\]\])$/,
        () => "it is filled in when it is deployed: give the file as it is there",
    ],
    [
        /^(?:lookup|hiera|hiera_hash|Sensitive|Fn::\w+|import_value|get_env)\s*[({].*[)}]$/s,
        () => "it is an expression: give the file that it is rendered to",
    ],
];

const MASKED = "it is masked, as an API shows it: give the file itself";
const PLACEHOLDER = "it is a placeholder: look where the credential is really kept";

/** What people and programs write where there is nothing, or where they hide it. */
const FILLERS: readonly Rule[] = [
    [
        /^[<[(]?\W?(?:secret|redacted|hidden|masked|filtered|sensitive(?: value)?)\W?[>\])]$/i,
        () => MASKED,
    ],
    [/^(?:redacted|removed|masked|sanitized|obfuscated)$/i, () => MASKED],
    [/^([*?•●·█.#_=xX-])\1{2,}$|\*{3,}|[•●█]{3,}|\?{4,}/u, () => MASKED],
    [/…|^\S+\.{3}\S*$/, () => "it is cut short: give the file itself"],
    [
        /^(?:null|nil|none|undefined|~|n\/a|<no value>|%!s\(<nil>\))$/i,
        () => "it is empty: look where it is really kept",
    ],
    [
        /^<[A-Za-z][\w .,'’/:#-]*>$|^\[(?:your|insert|enter)[^\]]*\]$|^\{(?:your|insert|enter)[^}]*\}$/i,
        () => PLACEHOLDER,
    ],
    [
        /^(?:please[-_ ])?(?:ch[aä]nge|replace)[-_ ]?(?:me|it|this|with)(?:[-_ !.].*)?$/i,
        () => PLACEHOLDER,
    ],
    [
        /^(?:to[-_ ]?do|fix[-_ ]?me|tbd|place[-_ ]?holder|dummy|fill[-_ ]?(?:me|in))$/i,
        () => PLACEHOLDER,
    ],
    [
        /^(?:your|my)[-_ ]?(?:own|super)?(?:[-_ ]?[a-z]+)*[-_ ]?(?:password|passwd|pass|token|secret|key|credentials?|id|here)$/i,
        () => PLACEHOLDER,
    ],
    [/^(?:insert|enter|put|add|paste|set)(?:[-_ ][a-z]+)+$/i, () => PLACEHOLDER],
    [/^[a-z]+(?:[-_ ][a-z]+)*[-_ ](?:here|placeholder|goes[-_ ]here)$/i, () => PLACEHOLDER],
    [/^example[-_ ]?(?:password|token|secret|key|api[-_ ]?key)$/i, () => PLACEHOLDER],
];

/** What a path is, where the credential itself belongs: a variable that names a file is read. */
function sayPath(path: string): string {
    return `it is a path, where the credential itself belongs: RW_PASSWORD_FILE=${path} npm run extract -- environment RW_PASSWORD_FILE`;
}

function findVariable(text: string, { unbraced = false }: Reading): string | undefined {
    for (const pattern of unbraced ? [...VARIABLES, UNBRACED] : VARIABLES) {
        const name = pattern.exec(text)?.[1];
        if (name !== undefined) return name;
    }
    return undefined;
}

/** `$(cat /run/token)`, and between backquotes; `$((1 + 1))` is none. */
function findCommand(text: string, { shell = false }: Reading): string | undefined {
    const pattern = shell ? /\$\(([^()]*)\)|`([^`]*)`/s : /\$\(([^()]*\s[^()]*)\)/s;
    const match = pattern.exec(text);
    const command = match?.[1] ?? match?.[2];
    if (command === undefined || (!shell && /^\w+$/.test(command))) return undefined;
    const path = /^(?:cat\s+|<\s*)(?:--\s+)?["']?([^\s"']+)["']?$/.exec(command.trim())?.[1];
    return path !== undefined && isPath(path)
        ? `it comes from a command, which reads a file: RW_PASSWORD_FILE=${path} npm run extract -- environment RW_PASSWORD_FILE`
        : "it comes from a command: give what that prints, in a variable, to npm run extract -- environment <variable>";
}

function applyRules(rules: readonly Rule[], text: string, reading: Reading): string | undefined {
    for (const [pattern, say] of rules) {
        const match = pattern.exec(text);
        if (match !== null) return say(match, reading);
    }
    return undefined;
}

const MOST_CHARACTERS = 16_384; // a credential is shorter; patterns take their time with more

/**
 * Why a text is no value: what encrypted it, what fills it in, or what somebody wrote in its place,
 * and the command that gets the value. What is named of it is never secret. Undefined when it is a
 * value.
 */
export function findStandIn(whole: string, reading: Reading = {}): string | undefined {
    const text = whole.slice(0, MOST_CHARACTERS);
    const isElsewhere = reading.path === true ? ENCRYPTED : [...ENCRYPTED, ...REFERENCES];
    const encrypted = applyRules(isElsewhere, text, reading);
    if (encrypted !== undefined) return encrypted;
    const command = findCommand(text, reading);
    if (command !== undefined) return command;
    const workflow = applyRules(TEMPLATES.slice(0, 2), text, reading);
    if (workflow !== undefined) return workflow;
    const variable = findVariable(text, reading);
    if (variable !== undefined) {
        const options = reading.variables === undefined ? "" : ` ${reading.variables}`;
        return `it comes from the variable ${variable}: npm run extract -- environment ${variable}${options}`;
    }
    const filler = applyRules([...TEMPLATES, ...FILLERS], text, reading);
    if (filler !== undefined) return filler;
    return reading.path !== true && isPath(text) ? sayPath(text) : undefined;
}

/** The value of a text, or why it is none: what {@link Candidate} has of both. */
export function valueOrMissing(
    text: string,
    reading: Reading = {},
): Pick<Candidate, "value" | "missing"> {
    const missing = findStandIn(text, reading);
    return missing === undefined ? { value: text } : { missing };
}
