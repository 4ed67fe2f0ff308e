// The Node.js language host of the Pulumi engine, for machines where the official one cannot be
// downloaded: it stands in for pulumi-language-nodejs, as far as running this project's programs
// needs it. The engine starts it with its own address as the last argument, and reads the port it
// serves from the first line it prints.
import type { ServerWritableStream } from "@grpc/grpc-js";
import language from "@pulumi/pulumi/proto/language_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { answering, serveGrpc } from "./grpcServer.ts";
import { installedProviders } from "./installedProviders.ts";

const REPORTED = 32; // cmd/run's exit code for an error it has already shown
const engine = process.argv.at(-1) ?? "";
const programs = new Set<ChildProcess>();

function requiredPackages(
    request: messages.GetRequiredPackagesRequest,
): messages.GetRequiredPackagesResponse {
    const directory = request.getInfo()?.getProgramDirectory() ?? "";
    const packages = installedProviders(directory).map(({ name, version, server }) =>
        new plugin.PackageDependency()
            .setName(name)
            .setKind("resource")
            .setVersion(version)
            .setServer(server),
    );
    return new messages.GetRequiredPackagesResponse().setPackagesList(packages);
}

async function run(request: messages.RunRequest): Promise<messages.RunResponse> {
    const program = spawn(process.execPath, programArguments(request), {
        // Its output is shown by the engine; with the host's input it would hold the pipe that says
        // the engine is gone.
        stdio: ["ignore", "inherit", "inherit"],
        cwd: request.getPwd(),
        env: {
            ...process.env,
            PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
            PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
            PULUMI_NODEJS_TYPESCRIPT: "false", // Node strips the types itself
        },
    });
    programs.add(program);
    try {
        const [code, signal] = (await once(program, "exit")) as [number | null, string | null];
        const response = new messages.RunResponse();
        if (code === REPORTED) return response.setBail(true);
        if (code === 0) return response;
        const end = signal === null ? `exit code ${code ?? 1}` : `signal ${signal}`;
        return response.setError(`the program ended with ${end}; what it printed is above`);
    } finally {
        programs.delete(program);
    }
}

/** Command line of the SDK's own runner, of the version the program has installed. */
function programArguments(request: messages.RunRequest): string[] {
    const directory = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
    const entry = request.getInfo()?.getEntryPoint() ?? request.getProgram();
    const root = request.getInfo()?.getRootDirectory() ?? request.getPwd();
    const find = createRequire(join(directory, "package.json"));
    return [
        find.resolve("@pulumi/pulumi/cmd/run"),
        ...["--monitor", request.getMonitorAddress()],
        ...["--engine", engine],
        ...["--organization", request.getOrganization()],
        ...["--project", request.getProject()],
        ...["--root-directory", root],
        ...["--stack", request.getStack()],
        ...["--pwd", request.getPwd()],
        ...["--parallel", String(request.getParallel())],
        ...(request.getDryrun() ? ["--dry-run"] : []),
        // "." has the runner read `main` of package.json.
        entry === "" || entry === "." ? "." : join(directory, entry),
        ...request.getArgsList(),
    ];
}

/** Runs a policy pack, and passes on what it prints: first of all the port it serves. */
function runPlugin(
    call: ServerWritableStream<messages.RunPluginRequest, messages.RunPluginResponse>,
): void {
    const { request } = call;
    const directory = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
    const find = createRequire(join(directory, "package.json"));
    const runner = find.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    const pack = spawn(process.execPath, [runner, ...request.getArgsList(), directory], {
        stdio: ["ignore", "pipe", "pipe"],
        cwd: directory,
        env: { ...process.env, ...Object.fromEntries(request.getEnvList().map(parseVariable)) },
    });
    programs.add(pack);
    const pass = (part: Partial<messages.RunPluginResponse.AsObject>) => {
        const response = new messages.RunPluginResponse();
        if (part.stdout !== undefined) response.setStdout(part.stdout);
        else if (part.stderr !== undefined) response.setStderr(part.stderr);
        else response.setExitcode(part.exitcode ?? 1);
        call.write(response);
    };
    pack.stdout.on("data", (stdout: Buffer) => {
        pass({ stdout });
    });
    pack.stderr.on("data", (stderr: Buffer) => {
        pass({ stderr });
    });
    pack.on("close", (code) => {
        programs.delete(pack);
        pass({ exitcode: code ?? 1 });
        call.end();
    });
    // The engine ends a pack by no longer listening to it.
    call.on("cancelled", () => pack.kill("SIGKILL"));
}

function parseVariable(line: string): readonly [name: string, value: string] {
    const end = line.indexOf("=");
    return [line.slice(0, end), line.slice(end + 1)];
}

function about(): messages.AboutResponse {
    return new messages.AboutResponse()
        .setExecutable(process.execPath)
        .setVersion(process.versions.node);
}

/** The packages of `pulumi about`: only those that matter to it here, the providers. */
function dependencies(
    request: messages.GetProgramDependenciesRequest,
): messages.GetProgramDependenciesResponse {
    const directory = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
    const found = installedProviders(directory).map((provider) =>
        new messages.DependencyInfo().setName(provider.package).setVersion(provider.version),
    );
    return new messages.GetProgramDependenciesResponse().setDependenciesList(found);
}

/** Nothing to install: every npm script of this project sees to node_modules before. */
function installDependencies(
    call: ServerWritableStream<
        messages.InstallDependenciesRequest,
        messages.InstallDependenciesResponse
    >,
): void {
    call.end();
}

/** Programs must not outlive the engine: one that waits for something else would go on for ever. */
function leave(): never {
    for (const program of programs) program.kill("SIGKILL");
    process.exit(0);
}

/** Ends the programs on the first ^C; request and response are the same empty message. */
function cancel<Empty>(request: Empty): Empty {
    for (const program of programs) program.kill("SIGKILL");
    return request;
}

const { port } = await serveGrpc((server) => {
    // Methods not named here answer UNIMPLEMENTED, which the engine takes for an older host.
    server.addService(language.LanguageRuntimeService, {
        handshake: answering(() => new messages.LanguageHandshakeResponse()),
        getPluginInfo: answering(() => new plugin.PluginInfo().setVersion("")),
        getRequiredPackages: answering(requiredPackages),
        run: answering(run),
        runPlugin,
        about: answering(about),
        getProgramDependencies: answering(dependencies),
        installDependencies,
        cancel: answering(cancel),
    });
});
// The engine holds the other end of standard input for as long as it lives, however it dies.
process.stdin.on("end", leave).on("error", leave).resume();
process.on("SIGINT", leave).on("SIGTERM", leave);
console.log(port);
