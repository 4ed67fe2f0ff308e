import { environment } from "./environment.ts";
import { prometheus } from "./prometheus.ts";
import type { Source } from "./source.ts";

/** Every kind of place where `npm run extract` looks, in the order of its help. */
export const SOURCES: readonly Source[] = [prometheus, environment];
