import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

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
        // mocha reports what an unawaited describe or it does; it does not return promises to handle.
        rules: { "@typescript-eslint/no-floating-promises": "off" },
    },
);
