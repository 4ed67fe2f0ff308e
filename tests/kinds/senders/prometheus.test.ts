import assert from "node:assert/strict";
import { parse } from "yaml";
import { senderSettings } from "../../support/fleet.ts";
import { prometheus, renderPrometheus } from "../../../kinds/senders/prometheus.ts";

const entry = {
    name: "central",
    url: "https://push.example/api/v1/write",
    credentialsFile: "/c/token",
};
const added = {
    name: "central",
    url: "https://push.example/api/v1/write",
    authorization: { credentials_file: "/c/token" },
};

describe("renderPrometheus", () => {
    it("adds one entry and leaves the rest, comments and order, as it is", () => {
        const base = [
            "# our own",
            "global:",
            "  scrape_interval: 15s # not less",
            "scrape_configs:",
            "  - job_name: 'node'",
            "",
        ].join("\n");
        const rendered = renderPrometheus(base, entry);
        assert.ok(rendered.startsWith(base.trimEnd()), rendered);
        assert.deepEqual((parse(rendered) as { remote_write: unknown }).remote_write, [added]);
    });

    it("adds to the entries that are there", () => {
        const base = "remote_write:\n  - name: other\n    url: http://other/write\n";
        const rendered = parse(renderPrometheus(base, entry)) as { remote_write: unknown[] };
        assert.deepEqual(rendered.remote_write, [
            { name: "other", url: "http://other/write" },
            added,
        ]);
    });

    for (const base of ["", "# nothing yet\n", "remote_write:\n", "remote_write: []\n"]) {
        it(`adds to ${JSON.stringify(base)}`, () => {
            assert.deepEqual(parse(renderPrometheus(base, entry)), { remote_write: [added] });
        });
    }

    it("authenticates with a username, where there is one", () => {
        const rendered = renderPrometheus("", { ...entry, username: "edge" });
        const { name, url } = entry;
        const basic_auth = { username: "edge", password_file: "/c/token" };
        assert.deepEqual(parse(rendered), { remote_write: [{ name, url, basic_auth }] });
        const sender = senderSettings({ receiver: name, credentialsFile: entry.credentialsFile });
        assert.deepEqual(prometheus.targetIn(sender, rendered), { name, url, username: "edge" });
        const bearer = prometheus.targetIn(sender, renderPrometheus("", entry));
        assert.deepEqual(bearer, { name, url });
        assert.equal(prometheus.targetIn(sender, "remote_write: [{ url: x }]"), undefined);
    });

    it("reads the username of a generation from the file beside its password", () => {
        const login = { username: "edge", usernames: "generation" } as const;
        const { name, url } = entry;
        for (const [credentialsFile, username_file] of [
            ["/c/token", "/c/username"],
            ["../write-credential/token", "../write-credential/username"],
            ["token", "username"],
        ] as const) {
            const rendered: unknown = parse(
                renderPrometheus("", { ...entry, ...login, credentialsFile }),
            );
            const basic_auth = { username_file, password_file: credentialsFile };
            assert.deepEqual(rendered, { remote_write: [{ name, url, basic_auth }] });
        }
    });

    it("believes the authorities of a file in its pod, where one is given", () => {
        const rendered = renderPrometheus("", { ...entry, caFile: "/c/ca.pem" });
        const tls_config = { ca_file: "/c/ca.pem" };
        assert.deepEqual(parse(rendered), { remote_write: [{ ...added, tls_config }] });
    });

    it("is the same for the same input", () => {
        assert.equal(
            renderPrometheus("global: {}\n", entry),
            renderPrometheus("global: {}\n", entry),
        );
    });

    const refusals: readonly (readonly [string, string, RegExp])[] = [
        ["what is not YAML", "a: [", /is not YAML/],
        ["a list", "- a\n", /top level must be a mapping/],
        ["remote_write that is no list", "remote_write: {}\n", /remote_write must be a list/],
        [
            "an entry of the same name",
            "remote_write: [{name: central, url: http://x}]\n",
            /remote_write\[0\]\.name is already "central"/,
        ],
        [
            "an entry of the same URL",
            `remote_write: [{url: "${entry.url}"}]\n`,
            /remote_write\[0\]\.url is already/,
        ],
        [
            "a plaintext password",
            "remote_write: [{url: http://x, basic_auth: {password: hunter2}}]\n",
            /^remote_write\[0\]\.basic_auth\.password holds a secret in plain text/,
        ],
    ];
    for (const [what, base, message] of refusals) {
        it(`refuses ${what}, without repeating a secret`, () => {
            assert.throws(
                () => renderPrometheus(base, entry),
                (error: Error) => message.test(error.message) && !error.message.includes("hunter2"),
            );
        });
    }
});
