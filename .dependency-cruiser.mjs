// Which room may import which: from the bottom up. What is not named in a row is forbidden, so no
// arrow goes back up; circles are forbidden within a room, too.
const ROOMS = {
    text: [],
    rotation: ["text"],
    seal: ["rotation", "text"],
    settings: ["rotation", "seal", "text"],
    proof: ["rotation", "text"],
    kinds: ["proof", "rotation", "settings", "text"],
    holders: ["kinds", "rotation", "settings", "text"],
    mirror: ["holders", "kinds", "rotation", "seal", "settings", "text"],
    update: ["holders", "kinds", "mirror", "proof", "rotation", "seal", "settings", "text"],
};
const ALL = Object.keys(ROOMS);
ROOMS.components = ALL;
ROOMS.commands = ALL; // and no components: those run in the engine
ROOMS.policy = ["rotation", "settings", "text"]; // judges resources, whoever made them

/** The rooms whose code depends on its arguments alone. Issuers make resources, others do not. */
const PURE =
    "^(text|rotation|settings|kinds/(receivers|senders|receiverKind|senderKind))(/|\\.ts$)";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
    forbidden: [
        { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
        ...Object.entries(ROOMS).map(([room, below]) => ({
            name: `${room}-imports-what-is-below`,
            severity: "error",
            from: { path: `^${room}/` },
            to: {
                path: "^[^/]+/.*[.]ts$|^index[.]ts$",
                pathNot: `^(${[room, ...below].join("|")})/`,
            },
        })),
        {
            name: "pure-rooms-are-pure",
            comment: "neither the engine nor the machine: no Pulumi, no files, no programs",
            severity: "error",
            from: { path: PURE },
            to: { path: "^(node:)?(fs|child_process)(/|$)|node_modules/(@pulumi|execa)/" },
        },
        {
            name: "product-without-sandbox",
            comment: "the sandbox and the tests are not shipped",
            severity: "error",
            from: { pathNot: "^(sandbox|tests)/" },
            to: { path: "^(sandbox|tests)/" },
        },
        {
            name: "only-declared-packages",
            severity: "error",
            from: { pathNot: "^(sandbox|tests)/" },
            to: {
                dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "unknown"],
                pathNot: "node_modules/@types/",
            },
        },
    ],
    options: {
        doNotFollow: { path: "node_modules" },
        exclude: { path: "^(node_modules|tests/kinds/madeUp)/" },
        tsPreCompilationDeps: true, // an import of a type is an arrow, too
        tsConfig: { fileName: "tsconfig.json" },
        enhancedResolveOptions: {
            extensions: [".ts", ".mjs", ".js", ".json"],
            conditionNames: ["import", "require", "node", "default"],
            exportsFields: ["exports"],
        },
    },
};
