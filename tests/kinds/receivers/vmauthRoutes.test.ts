import assert from "node:assert/strict";
import { endingRoutes } from "../../../kinds/receivers/vmauthRoutes.ts";

const ours = { paths: ["/api/v1/write"], upstream: "http://store:8480" };
const ending = (route: object) => endingRoutes(route, ours);

describe("endingRoutes", () => {
    it("finds none where the user opens what ours does, or less", () => {
        for (const src_paths of [["/api/v1/write"], "/api/v1/write"]) {
            const url_map = [{ src_paths, url_prefix: "http://store:8480/" }];
            assert.deepEqual(ending({ url_map }), []);
        }
        assert.deepEqual(ending({ url_map: [] }), []);
    });

    it("names a prefix that opens everything", () => {
        assert.deepEqual(ending({ url_prefix: ["http://store:8480"] }), [
            "every path but /api/v1/write to http://store:8480",
        ]);
        assert.deepEqual(ending({ url_prefix: "http://elsewhere/x" }), [
            "every path to http://elsewhere/x",
        ]);
    });

    it("names each other path, another destination of ours, and the default", () => {
        const url_map = [
            {
                src_paths: ["/api/v1/query.*", "/api/v1/write"],
                url_prefix: ["http://user:hidden@a:1/?token=hidden", "http://b"],
            },
            { src_hosts: ["x"], url_prefix: "not a url" },
        ];
        assert.deepEqual(ending({ url_map, default_url: "http://c/404" }), [
            "/api/v1/query.* to http://a:1, http://b",
            "/api/v1/write to http://a:1, http://b",
            "every path to elsewhere",
            "every path to http://c/404",
        ]);
    });

    it("takes nonsense for no route", () => {
        for (const route of [
            { url_map: "x" },
            { url_prefix: 3 },
            { url_map: [{ src_paths: 1 }] },
        ]) {
            assert.doesNotThrow(() => ending(route));
        }
    });
});
