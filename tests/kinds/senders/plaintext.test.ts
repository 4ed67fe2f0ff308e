import assert from "node:assert/strict";
import { parse } from "yaml";
import { findPlaintext } from "../../../kinds/senders/plaintext.ts";

describe("findPlaintext", () => {
    const found: readonly (readonly [string, string])[] = [
        ["remote_write: [{basic_auth: {password: s}}]", "remote_write[0].basic_auth.password"],
        ["remote_write: [{basic_auth: {password: 12345}}]", "remote_write[0].basic_auth.password"],
        [
            "scrape_configs: [{authorization: {credentials: s}}]",
            "scrape_configs[0].authorization.credentials",
        ],
        ["remote_write: [{bearer_token: s}]", "remote_write[0].bearer_token"],
        ["remote_write: [{oauth2: {client_secret: s}}]", "remote_write[0].oauth2.client_secret"],
        ["remote_write: [{sigv4: {secret_key: s}}]", "remote_write[0].sigv4.secret_key"],
        ["remote_write: [{tls_config: {key: s}}]", "remote_write[0].tls_config.key"],
        [
            "remote_write: [{http_headers: {A: {secrets: [s]}}}]",
            "remote_write[0].http_headers.A.secrets",
        ],
        ["remote_write: [{url: 'http://u:s@host/w'}]", "remote_write[0].url"],
        [
            "scrape_configs: [{consul_sd_configs: [{token: s}]}]",
            "scrape_configs[0].consul_sd_configs[0].token",
        ],
    ];
    for (const [text, path] of found) {
        it(`finds ${path}`, () => {
            assert.equal(findPlaintext(parse(text)), path);
        });
    }

    const clean = [
        "remote_write: [{basic_auth: {password_file: /p}}]",
        "remote_write: [{basic_auth: {password: ''}}]",
        "global: {external_labels: {token: a}}",
        "scrape_configs: [{static_configs: [{targets: [a], labels: {password: b}}]}]",
        "remote_write: [{url: 'http://host/w'}]",
        "scrape_configs: [{params: {token: [a]}}]",
    ];
    for (const text of clean) {
        it(`passes ${text}`, () => {
            assert.equal(findPlaintext(parse(text)), undefined);
        });
    }
});
