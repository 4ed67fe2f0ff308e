import { basename, dirname, join, resolve } from "node:path";
import type { SenderFile } from "./client.ts";
import { variablesOf } from "./containers.ts";
import { interpolate, parseDotenv } from "./dotenv.ts";
import type { Candidate } from "./place.ts";
import { findInVariables, type Variable } from "./variables.ts";
import { findInManifest } from "./vmagent.ts";
import { entriesOf, valueAt } from "./yaml.ts";

/** Whether a document is a file of Docker Compose. */
export function isCompose(content: unknown): boolean {
    const services = entriesOf(valueAt(content, "services"));
    const keys = ["image", "build", "command", "environment", "env_file", "extends"];
    return (
        valueAt(content, "apiVersion") === undefined &&
        services.some(([, service]) => keys.some((key) => valueAt(service, key) !== undefined))
    );
}

/**
 * The credentials that a Compose file gives: in commands, in variables, in files of them, and in
 * the configurations it holds as text, which `findInText` reads.
 *
 * It is interpolated first, with what `.env` beside it sets, as Compose does; a variable of the
 * shell that starts it would come before that.
 */
export function findInCompose(
    content: unknown,
    file: SenderFile,
    findInText: (file: SenderFile) => Candidate[],
): Candidate[] {
    const known = readVariables(join(file.directory, ".env"), file) ?? new Map<string, string>();
    const filled = deepMap(content, (text) => interpolate(text, known));
    const services = entriesOf(valueAt(filled, "services"));
    const configs = entriesOf(valueAt(filled, "configs"));
    return [
        ...services.flatMap(([name, service]) => [
            ...findInManifest(service, file, `services.${name}`),
            ...findInVariables(
                [
                    ...readEnvFiles(service, file),
                    ...variablesOf(service).map(({ name: variable, path, value }) => ({
                        ...describePlace(file, `services.${name}.${path}`, variable),
                        name: variable,
                        value,
                    })),
                ],
                [],
                file.machine,
            ),
        ]),
        ...configs.flatMap(([name, config]) => {
            const text = valueAt(config, "content");
            const called = `${file.name}: configs.${name}.content`;
            return typeof text === "string" ? findInText({ ...file, text, name: called }) : [];
        }),
    ];
}

function describePlace(file: SenderFile, path: string, name: string): Omit<Variable, "value"> {
    const shown = path.endsWith(`.${name}`) ? path : `${path} (${name})`;
    return {
        name,
        place: `${file.name}: ${shown}`,
        plaintext: true,
        advice: file.advice,
        directory: file.directory,
        reading: file.reading,
    };
}

/** `env_file: path`, `[path]`, `[{ path, required }]`. */
function readEnvFiles(service: unknown, file: SenderFile): Variable[] {
    const given = valueAt(service, "env_file");
    const paths = (Array.isArray(given) ? (given as unknown[]) : [given]).map((one) =>
        typeof one === "string" ? one : valueAt(one, "path"),
    );
    return paths.flatMap((path) => {
        if (typeof path !== "string") return [];
        const whole = resolve(file.directory, path);
        return [...(readVariables(whole, file) ?? [])].map(([name, value]) => ({
            name,
            value,
            place: `${basename(path)}: ${name}`,
            plaintext: true,
            advice: "it must be in no commit and no image: rotate, and use a credential file",
            directory: dirname(whole),
            reading: { file: path, source: "environment --file" },
        }));
    });
}

function readVariables(path: string, { machine }: SenderFile): Map<string, string> | undefined {
    try {
        return parseDotenv(machine.readFile(path).text, "compose");
    } catch {
        return undefined; // Compose goes on without `.env`; without an `env_file` it does not start
    }
}

function deepMap(content: unknown, map: (text: string) => string): unknown {
    if (typeof content === "string") return map(content);
    if (Array.isArray(content)) return content.map((one) => deepMap(one, map));
    const isMapping = Object.getPrototypeOf(content ?? "") === Object.prototype;
    if (!isMapping) return content;
    return Object.fromEntries(entriesOf(content).map(([key, one]) => [key, deepMap(one, map)]));
}
