import assert from "node:assert/strict";
import { parse } from "yaml";
import { renderVmauth } from "../../../kinds/receivers/vmauth.ts";

const route = { upstream: "http://store:9090", paths: ["/api/v1/write"] };

describe("renderVmauth", () => {
    it("names one user a generation and opens the write path alone", () => {
        const text = renderVmauth(
            [
                { label: "2026-12", value: "new" },
                { label: "2026", value: "old" },
            ],
            route,
        );
        const url_map = [{ src_paths: ["/api/v1/write"], url_prefix: "http://store:9090" }];
        assert.deepEqual(parse(text), {
            users: [
                { name: "2026-12", bearer_token: "new", url_map },
                { name: "2026", bearer_token: "old", url_map },
            ],
        });
    });

    it("gives all generations one username, where there is one", () => {
        const generations = ["b", "a"].map((label) => ({ label, value: `value: ${label}` }));
        const { users } = parse(renderVmauth(generations, { ...route, username: "edge" })) as {
            users: object[];
        };
        const url_map = [{ src_paths: ["/api/v1/write"], url_prefix: "http://store:9090" }];
        assert.deepEqual(users, [
            { name: "b", username: "edge", password: "value: b", url_map },
            { name: "a", username: "edge", password: "value: a", url_map },
        ]);
    });

    it("keeps a label that looks like a number a text", () => {
        const text = renderVmauth([{ label: "2026", value: "1e5" }], route);
        assert.match(text, /name: "2026"/);
        assert.match(text, /bearer_token: "1e5"/);
    });

    it("takes the path literally", () => {
        const text = renderVmauth([{ label: "a", value: "v" }], { ...route, paths: ["/a.b/(c)"] });
        const { users } = parse(text) as { users: { url_map: { src_paths: string[] }[] }[] };
        assert.deepEqual(users[0]?.url_map[0]?.src_paths, ["/a\\.b/\\(c\\)"]);
    });

    it("refuses to accept nobody", () => {
        assert.throws(() => renderVmauth([], route), /at least one generation/);
    });
});
