import { detect, type Taken } from "./detect.ts";
import type { Candidate, Machine, Source } from "./place.ts";
import { searchDirectory } from "./search.ts";

type Options = Readonly<Record<string, string | undefined>>;

/** Finds out what it is given: a file by its content, a directory, or an object of a cluster. */
export function createAutomatic(sources: readonly Source[]): Source {
    const automatic = new Automatic(sources);
    const options = sources
        .filter(({ name }) => name !== "environment")
        .flatMap((source) => source.options);
    const [first] = options.map(([flags]) => flags);
    return {
        name: "find",
        description: "Finds out by itself which of these a file, a directory or a name is.",
        argument: ["[place]", "a file, a directory, or <namespace>/<name> in the cluster"],
        options: options.filter(
            ([flags], index) =>
                first !== undefined &&
                options.findIndex(([one]) => nameOf(one) === nameOf(flags)) === index,
        ),
        find: ([place], given, machine) => {
            if (place === undefined) {
                throw new Error(
                    "nothing is given: name a file, a directory, or <namespace>/<name> in the cluster; --help lists the ways to be exact",
                );
            }
            return automatic.find(place, given, machine);
        },
    };
}

const nameOf = (flags: string) => flags.replace(/ .*/, "");

/** An object of a cluster: `monitoring/rw:password`, `vmagent/monitoring/edge`. */
const OBJECT =
    /^(?:[a-z]+\/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?\/[a-z0-9]([-.a-z0-9]*[a-z0-9])?(?::[\w.-]+)?$/i;

class Automatic {
    readonly #sources: readonly Source[];

    constructor(sources: readonly Source[]) {
        this.#sources = sources;
    }

    async find(place: string, options: Options, machine: Machine): Promise<readonly Candidate[]> {
        const seen = machine.look(place);
        if (seen?.kind === "directory") return this.#search(place, options, machine);
        if (seen !== undefined)
            return this.#read(place, options, machine, (line) => {
                machine.tell(line);
            });
        if (OBJECT.test(place)) return this.#ask(place, options, machine);
        throw new Error(`there is no file ${place}, and it names no object: check the path`);
    }

    async #search(
        directory: string,
        options: Options,
        machine: Machine,
    ): Promise<readonly Candidate[]> {
        const quiet = (path: string) => this.#read(path, options, machine, () => undefined);
        const { candidates, summary, reasons } = await searchDirectory(directory, quiet, machine);
        machine.tell(`${directory}: ${summary}`);
        if (candidates.length > 0) return candidates;
        const why = reasons
            .slice(0, 3)
            .map((one) => one.replace(/^no remote-write .*? found in /, ""));
        const more = reasons.length > why.length ? `; and ${reasons.length - why.length} more` : "";
        throw new Error(
            `no remote-write credential found in ${directory} (${summary}): ` +
                (why.length > 0
                    ? why.join("; ") + more
                    : "no file there is about remote write: give the place where the sender's configuration is"),
        );
    }

    /** By what it is taken for, one after the other: a unit has variables, and a command. */
    async #read(
        path: string,
        options: Options,
        machine: Machine,
        tell: Machine["tell"],
    ): Promise<readonly Candidate[]> {
        const taken = detect(machine.readFile(path).text, path);
        tell(`${path}: read as ${taken[0]?.called ?? "a file"}`);
        const found: Candidate[] = [];
        const errors: unknown[] = [];
        for (const one of taken) {
            try {
                found.push(...(await this.#readAs(one, path, options, machine)));
            } catch (error) {
                errors.push(error);
            }
        }
        if (found.length === 0 && errors.length > 0) throw errors[0];
        return found;
    }

    async #readAs(
        { source, option }: Taken,
        path: string,
        options: Options,
        machine: Machine,
    ): Promise<readonly Candidate[]> {
        const one = this.#source(source);
        return option === undefined
            ? one.find([path], options, machine)
            : one.find([], { ...options, [option]: path }, machine);
    }

    /** A Secret where no kind is given; else a ConfigMap of that name. */
    async #ask(object: string, options: Options, machine: Machine): Promise<readonly Candidate[]> {
        const kubernetes = this.#source("kubernetes");
        machine.tell(`${object}: there is no such file, so it is looked for in the cluster`);
        try {
            return await kubernetes.find([object], options, machine);
        } catch (error) {
            if (object.split("/").length > 2 || object.includes(":")) throw error;
            try {
                return await kubernetes.find([`configmap/${object}`], options, machine);
            } catch {
                throw error;
            }
        }
    }

    #source(name: string): Source {
        const source = this.#sources.find((one) => one.name === name);
        if (source === undefined) throw new Error(`there is no source ${name}`);
        return source;
    }
}
