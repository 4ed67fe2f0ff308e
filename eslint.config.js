import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Variables set afterwards would reach neither `os.tmpdir()` nor a child process. */
const ENVIRONMENT_REPLACED = {
    selector: "AssignmentExpression[left.object.name='process'][left.property.name='env']",
    message: "set variables by tests/support/environment.ts: another object is not the environment",
};

export default defineConfig(
    { ignores: ["node_modules/", ".sandbox/"] },
    js.configs.recommended,
    {
        files: ["**/*.ts"],
        extends: [tseslint.configs.strictTypeChecked],
        languageOptions: { parserOptions: { projectService: true } },
        rules: {
            // Ports, counts and seconds read best as plain numbers inside a message.
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
        },
    },
    {
        files: ["**/*.mjs", "*.js"],
        languageOptions: { globals: { process: "readonly", console: "readonly" } },
    },
    {
        files: ["tests/**/*.ts"],
        rules: {
            // mocha reports what an unawaited describe or it does; it does not return promises to handle.
            "@typescript-eslint/no-floating-promises": "off",
            "no-restricted-syntax": ["error", ENVIRONMENT_REPLACED],
        },
    },
);
