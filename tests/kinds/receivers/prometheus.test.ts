import assert from "node:assert/strict";
import { prometheus } from "../../../kinds/receivers/prometheus.ts";
import { receiverSettings } from "../../support/fleet.ts";

const settings = receiverSettings({ kind: "prometheus" });
const accepted = ["2027", "1e3"].map((label) => ({
    label,
    value: `value of ${label}`,
    username: label,
    bcrypt: `$2a$10$${label}`,
}));

describe("prometheus, the receiver", () => {
    it("is a user a generation, also where a username looks like a number", () => {
        const files = prometheus.render(settings, accepted);
        const users = `  "2027": $2a$10$2027\n  "1e3": $2a$10$1e3\n`;
        assert.deepEqual(files, { "web.yml": `basic_auth_users:\n${users}` });
        assert.deepEqual(
            prometheus.parse(files)?.map(({ username, hash }) => [username, hash]),
            accepted.map(({ username, bcrypt }) => [username, bcrypt]),
        );
    });

    it("shows the certificate it is told", () => {
        const tls = { certFile: "/etc/tls/tls.crt", keyFile: "/etc/tls/tls.key" };
        const { "web.yml": text = "" } = prometheus.render({ ...settings, tls }, accepted);
        const shown = "  cert_file: /etc/tls/tls.crt\n  key_file: /etc/tls/tls.key\n";
        assert.ok(text.startsWith(`tls_server_config:\n${shown}basic_auth_users:\n`));
    });

    it("reads a file that lets in everybody as one of nobody", () => {
        for (const text of ["tls_server_config: {}\n", "basic_auth_users:\n"]) {
            assert.deepEqual(prometheus.parse({ "web.yml": text }), []);
        }
    });
});
