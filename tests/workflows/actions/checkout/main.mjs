import { execFileSync } from "node:child_process";

const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_REF, GITHUB_WORKSPACE } = process.env;
const ref = process.env["INPUT_REF"] || GITHUB_REF;
const git = (...args) => execFileSync("git", args, { cwd: GITHUB_WORKSPACE, stdio: "inherit" });

git("init", "--quiet", "--initial-branch=detached");
git("remote", "add", "origin", `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`);
// As the action does, the newest commit alone.
git("fetch", "--quiet", "--depth=1", "origin", ref);
const branch = ref.startsWith("refs/pull/") ? [] : ["-B", ref.replace("refs/heads/", "")];
git("checkout", "--quiet", "--force", ...branch, "FETCH_HEAD");
if (branch.length > 0) {
    git("config", `branch.${branch[1]}.remote`, "origin");
    git("config", `branch.${branch[1]}.merge`, `refs/heads/${branch[1]}`);
}
// What the action keeps is a token for pushing; a bare repository lets everybody push.
if (process.env["INPUT_PERSIST-CREDENTIALS"] === "false") {
    git("remote", "set-url", "--push", "origin", "/no-credentials-were-persisted");
}
