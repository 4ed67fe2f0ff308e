import assert from "node:assert/strict";
import { parse } from "yaml";
import { findPlaintext } from "../../../kinds/senders/plaintext.ts";

describe("findPlaintext", () => {
    const found: readonly (readonly string[])[] = [
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
        [
            "remote_write: [{headers: {X-Scope-OrgID: a, X-Api-Key: s}}]",
            "remote_write[0].headers.X-Api-Key",
        ],
        [
            "remote_write: [{headers: {Authorization: Bearer s}}]",
            "remote_write[0].headers.Authorization",
        ],
        [
            "scrape_configs: [{http_headers: {Cookie: {files: [/f], values: [s]}}}]",
            "scrape_configs[0].http_headers.Cookie.values",
        ],
        [
            "remote_write: [{http_headers: {User-Agent: {secrets: [s]}}}]",
            "remote_write[0].http_headers.User-Agent.secrets",
        ],
        [
            "remote_write: [{proxy_connect_header: {Proxy-Authorization: [s]}}]",
            "remote_write[0].proxy_connect_header.Proxy-Authorization",
        ],
        ["remote_write: [{url: 'https://s@host/w'}]", "remote_write[0].url"],
        ...["token", "api_key", "apikey", "X-Api-Key", "auth_token", "accessToken", "sig"].map(
            (name) => [`remote_read: [{url: 'http://h/w?a=b&${name}=s'}]`, "remote_read[0].url"],
        ),
        ["remote_write: [{url: 'http://h/write?db=d&u=u&p=s'}]", "remote_write[0].url"],
        ["remote_write: [{proxy_url: 'http://u:s@proxy'}]", "remote_write[0].proxy_url"],
        ["scrape_configs: [{params: {api_key: [s]}}]", "scrape_configs[0].params.api_key"],
    ];
    for (const [text = "", path] of found) {
        it(`finds ${path} in ${text}`, () => {
            assert.equal(findPlaintext(parse(text))?.path, path);
        });
    }

    const clean = [
        "remote_write: [{basic_auth: {password_file: /p}}]",
        "remote_write: [{basic_auth: {password: ''}}]",
        "global: {external_labels: {token: a}}",
        "scrape_configs: [{static_configs: [{targets: [a], labels: {password: b}}]}]",
        "remote_write: [{url: 'http://host/w'}]",
        "remote_write: [{url: 'http://host/w?db=a&bucket=b&p=1&tokenizer=c'}]",
        "scrape_configs: [{params: {module: [if_mib], auth: [public_v2], 'match[]': ['{a=\"b\"}']}}]",
        "remote_write: [{headers: {X-Scope-OrgID: team, THANOS-TENANT: a, User-Agent: b}}]",
        "remote_write: [{headers: {content-type: a, Accept-Language: b, X-Forwarded-Proto: https}}]",
        "remote_write: [{headers: {X-Api-Key: ''}}]",
        "scrape_configs: [{http_headers: {X-Api-Key: {files: [/f]}, Accept: {values: [a]}}}]",
        "rule_files: ['http://host:9090/a']",
    ];
    for (const text of clean) {
        it(`passes ${text}`, () => {
            assert.equal(findPlaintext(parse(text)), undefined);
        });
    }
});
