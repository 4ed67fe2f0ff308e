import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { delimiter, dirname } from "node:path";

const wanted = process.env["INPUT_NODE-VERSION"];
const nodes = process.env.NODES.split(delimiter);
const version = (path) => execFileSync(path, ["--version"], { encoding: "utf8" }).trim();
const found = nodes.find((path) => version(path).startsWith(`v${wanted}.`));
if (!found) throw new Error(`this machine has no Node ${wanted}`);
appendFileSync(process.env.GITHUB_PATH, `${dirname(found)}\n`);
console.log(`Node ${version(found)}`);
