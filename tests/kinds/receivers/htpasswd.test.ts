import assert from "node:assert/strict";
import { hashSync } from "bcryptjs";
import { bcryptOf, isHashOf, shaOf } from "../../../kinds/hash.ts";
import { htpasswd, type HtpasswdSettings } from "../../../kinds/receivers/htpasswd.ts";
import { receiverSettings } from "../../support/fleet.ts";

const settings: HtpasswdSettings = {
    ...receiverSettings({ kind: "htpasswd" }),
    key: ".htpasswd",
    hash: "sha",
};

describe("htpasswd", () => {
    it("is a line a generation, in the key that is configured", () => {
        const accepted = [
            { label: "b", value: "s3cr3t-B", username: "rw-b" },
            { label: "a", value: "s3cr3t-A", username: "rw" },
        ];
        assert.deepEqual(htpasswd.render(settings, accepted), {
            ".htpasswd":
                "rw-b:{SHA}/a4nZW+FKuZwCeeiGQ+UF716qvw=\nrw:{SHA}td5udUuS0XzY+uX+N7OTyDJcTEU=\n",
        });
    });

    it("takes the bcrypt hash a generation has, and makes one that stays where it has none", () => {
        const generation = { label: "a", value: "v", username: "rw-a", bcrypt: "$2a$10$abc" };
        const bcrypt = { ...settings, hash: "bcrypt" } as const;
        assert.deepEqual(htpasswd.render(bcrypt, [generation]), {
            ".htpasswd": "rw-a:$2a$10$abc\n",
        });
        const made = () => htpasswd.render(bcrypt, [{ label: "a", value: "v" }]);
        assert.deepEqual(made(), made());
        const [, hash = ""] = made()[".htpasswd"]?.trim().split(":") ?? [];
        assert.ok(isHashOf(hash, "v"));
    });

    it("reads files of any key, with comments, and takes no other text for one", () => {
        const text = "# pushers\r\nrw:$apr1$salt$hash\r\n\r\ngrafana:$2y$05$abc:comment\n";
        const entries = htpasswd.parse({ other: "a: b\n", users: text }) ?? [];
        assert.deepEqual(
            entries.map(({ username, hash }) => [username, hash]),
            [
                ["rw", "$apr1$salt$hash"],
                ["grafana", "$2y$05$abc"],
            ],
        );
        for (const other of ["", "users:\n", "user:password\n", "a:{SHA}b\nc\n"]) {
            assert.equal(htpasswd.parse({ auth: other }), undefined);
        }
    });
});

describe("isHashOf", () => {
    it("knows what htpasswd writes with -s and -B, and nothing else", () => {
        assert.ok(isHashOf(shaOf("s3cr3t-A"), "s3cr3t-A"));
        assert.ok(!isHashOf(shaOf("s3cr3t-A"), "s3cr3t-B"));
        const bcrypt = hashSync("s3cr3t-A", 4);
        for (const prefix of ["$2a$", "$2b$", "$2y$"]) {
            assert.ok(isHashOf(prefix + bcrypt.slice(4), "s3cr3t-A"));
        }
        assert.ok(!isHashOf(bcrypt, "s3cr3t-B"));
        for (const other of ["", "s3cr3t-A", "$apr1$salt$hash", "$2a$10$short", "{SSHA}abc"]) {
            assert.ok(!isHashOf(other, "s3cr3t-A"));
        }
    });
});

describe("bcryptOf", () => {
    it("is the same each time for one salt, and another for another", () => {
        const hash = bcryptOf("s3cr3t-A", "salt");
        assert.match(hash, /^\$2a\$10\$.{53}$/);
        assert.equal(bcryptOf("s3cr3t-A", "salt"), hash);
        assert.notEqual(bcryptOf("s3cr3t-A", "other"), hash);
        assert.ok(isHashOf(hash, "s3cr3t-A"));
    });
});
