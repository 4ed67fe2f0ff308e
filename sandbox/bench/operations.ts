/** What is measured, in the order in which it is done. */
export const OPERATIONS = [
    "first up",
    "up without changes",
    "preview without changes",
    "rotation",
] as const;
export type Operation = (typeof OPERATIONS)[number];

const UP = ["up", "--yes", "--skip-preview"];

/** What the engine is told to do for it. */
export const COMMANDS: Readonly<Record<Operation, readonly string[]>> = {
    "first up": UP,
    "up without changes": UP,
    "preview without changes": ["preview"],
    rotation: UP,
};
