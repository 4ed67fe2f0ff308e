import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { deployKeyFault, withoutComment } from "../../settings/deployKey.ts";

// Made by ssh-keygen 9.2 (OpenSSH), which keeps their private halves nowhere.
const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpeI98x6tk2D8zpuFe8kPFQfbClvUZkUlmzE5NnAKmx";
const ECDSA =
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCI8sB221KwFTTEkyc0ODUIGysGMbGIx/+ltDrolyLyT8SC3aiWB0FD0n1OOTmcC7zqsOj51QpwPj0zHDV9lAv4=";

const NO_KEY =
    'must be an SSH public key on one line, such as "ssh-ed25519 AAAA...": the line of a .pub file';
const PRIVATE =
    "is a private key: give the public one, the line of its .pub file, and make a new pair if this went further than here";

describe("deployKeyFault", () => {
    it("takes what ssh-keygen writes into .pub files", () => {
        for (const key of [ED25519, `${ED25519} root@restore`, `${ECDSA}\n`]) {
            assert.equal(deployKeyFault(key), undefined);
        }
    });

    it("refuses private keys, in every form there is", () => {
        for (const type of ["pkcs1", "pkcs8"] as const) {
            const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
            const pem = privateKey.export({ type, format: "pem" });
            assert.equal(deployKeyFault(String(pem)), PRIVATE);
        }
        const openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n";
        assert.equal(deployKeyFault(openssh), PRIVATE);
        assert.equal(deployKeyFault("PuTTY-User-Key-File-3: ssh-ed25519\n"), PRIVATE);
    });

    it("refuses a key of another type than it says, one cut short, two, and none", () => {
        const [, encoded = ""] = ED25519.split(" ");
        const wrong = [`ssh-rsa ${encoded}`, ED25519.slice(0, 30), `${ED25519}\n${ECDSA}`];
        for (const text of [...wrong, "", encoded, "ssh-dss AAAAB3NzaC1kc3M="]) {
            assert.equal(deployKeyFault(text), NO_KEY);
        }
    });

    it("never repeats what it refuses", () => {
        fc.assert(
            fc.property(fc.string({ minLength: 12 }), (text) => {
                assert.ok(!(deployKeyFault(text) ?? "").includes(text));
            }),
        );
    });
});

describe("withoutComment", () => {
    it("leaves type and key", () => {
        assert.equal(withoutComment(` ${ED25519}  root@restore host\n`), ED25519);
        assert.equal(withoutComment(ED25519), ED25519);
    });
});
