/**
 * How manifests are written: `kubectl` reads YAML 1.1, to which the label `on` is true and `1_000`
 * a number.
 */
export const MANIFEST = { lineWidth: 0, compat: "yaml-1.1" } as const;
