// Signatures of records, which OpenSSH judges.
import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { NAMESPACE, signatureFault, signText } from "../../mirror/signature.ts";
import {
    deriveSigningKey,
    fingerprintOf,
    parseVerificationKey,
    publicBlob,
    renderVerificationKey,
    sshString,
} from "../../mirror/signingKey.ts";
import { provideOpenSsh } from "../support/hosts/openSsh.ts";

const SEED = "a text as long as the one that is drawn at random, 72 letters and digits";
/**
 * The private key in a file of OpenSSH
 * (https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key): older ones read no other.
 */
function privateFile(key: KeyObject): string {
    const { d = "", x = "" } = key.export({ format: "jwk" });
    const [seed, bytes] = [Buffer.from(d, "base64url"), Buffer.from(x, "base64url")];
    const blob = Buffer.concat([sshString("ssh-ed25519"), sshString(bytes)]);
    const secret = Buffer.concat([
        ...[Buffer.alloc(8), blob],
        ...[sshString(Buffer.concat([seed, bytes])), sshString("")],
    ]);
    const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (secret.length % 8)) % 8);
    const file = Buffer.concat([
        ...[Buffer.from("openssh-key-v1\0"), sshString("none"), sshString("none"), sshString("")],
        ...[Buffer.from([0, 0, 0, 1]), sshString(blob)],
        sshString(Buffer.concat([secret, padding])),
    ]);
    const lines = [file.toString("base64").replace(/.{70}/g, "$&\n")];
    const name = "OPENSSH PRIVATE KEY";
    return [`-----BEGIN ${name}-----`, ...lines, `-----END ${name}-----`, ""].join("\n");
}

const TEXT = '{\n    "format": 1\n}\n';

describe("a signature", function () {
    this.timeout(300_000); // OpenSSH may have to be fetched
    const key = deriveSigningKey(SEED);
    const line = renderVerificationKey(key, "observability/prod");
    const verificationKey = parseVerificationKey(line);
    const fingerprint = verificationKey && fingerprintOf(publicBlob(verificationKey));
    let directory: string;
    let environment: Readonly<Record<string, string>>;
    before(async () => {
        ({ environment } = await provideOpenSsh());
        directory = await mkdtemp(join(tmpdir(), "signature-"));
    });
    after(() => rm(directory, { recursive: true }));

    const keygen = (args: readonly string[], input = "") =>
        execa("ssh-keygen", args, { cwd: directory, input, env: environment, reject: false });
    const fault = (text: string, signature: string) => {
        assert.ok(verificationKey);
        return signatureFault(text, signature, verificationKey);
    };

    /** What `ssh-keygen -Y verify` says to a text and a signature by the stack's key. */
    async function judged(text: string, signature: string): Promise<string> {
        await writeFile(join(directory, "allowed"), `prod ${line}\n`);
        await writeFile(join(directory, "text.sig"), signature);
        const how = ["-f", "allowed", "-I", "prod", "-n", NAMESPACE, "-s", "text.sig"];
        const { exitCode, stdout, stderr } = await keygen(["-Y", "verify", ...how], text);
        return exitCode === 0 ? stdout : `refused: ${stderr}`;
    }

    it("is verified by ssh-keygen, of any text", async () => {
        for (const text of [TEXT, "", "Grüße\r\n"]) {
            assert.equal(
                await judged(text, signText(text, key)),
                `Good "${NAMESPACE}" signature for prod with ED25519 key ${fingerprint}`,
            );
        }
    });

    it("of another text is refused by ssh-keygen, and here", async () => {
        const signature = signText(TEXT, key);
        assert.match(await judged(`${TEXT} `, signature), /^refused: /);
        assert.equal(
            fault(`${TEXT} `, signature),
            "its signature is of another text: it was changed since",
        );
    });

    it("of ssh-keygen is what is written here, byte for byte", async () => {
        await writeFile(join(directory, "key"), privateFile(key), { mode: 0o600 });
        const { exitCode, stdout } = await keygen(
            ["-Y", "sign", "-f", "key", "-n", NAMESPACE],
            TEXT,
        );
        assert.equal(exitCode, 0);
        assert.equal(`${stdout}\n`, signText(TEXT, key));
    });

    it("of a key of ssh-keygen is told from ours, and so is one for something else", async () => {
        await keygen(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "theirs"]);
        const sign = async (namespace: string) =>
            (await keygen(["-Y", "sign", "-f", "theirs", "-n", namespace], TEXT)).stdout;
        const theirs = parseVerificationKey(await readFile(join(directory, "theirs.pub"), "utf8"));
        assert.ok(theirs);
        const signature = await sign(NAMESPACE);
        assert.equal(signatureFault(TEXT, signature, theirs), undefined);
        assert.match(
            fault(TEXT, signature) ?? "",
            /^it is signed with SHA256:\S{43}, and the verification key is SHA256:\S{43}$/,
        );
        assert.equal(
            signatureFault(TEXT, await sign("file"), theirs),
            "its signature is not one for prometheus-write-secret with sha512",
        );
    });

    it("is the same each time", () => {
        assert.equal(signText(TEXT, deriveSigningKey(SEED)), signText(TEXT, key));
        const others = [signText(`${TEXT} `, key), signText(TEXT, deriveSigningKey(`${SEED}.`))];
        for (const other of others) assert.notEqual(other, signText(TEXT, key));
    });

    it("is refused when any bit of it, or of the text, is another one", () => {
        const [begin = "", ...rest] = signText(TEXT, key).trimEnd().split("\n");
        const blob = Buffer.from(rest.slice(0, -1).join(""), "base64");
        fc.assert(
            fc.property(fc.nat(blob.length * 8 - 1), (bit) => {
                const forged = Buffer.from(blob);
                forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
                const armored = [begin, forged.toString("base64"), rest.at(-1)].join("\n");
                assert.notEqual(fault(TEXT, armored), undefined);
            }),
        );
    });

    it("may be any text: what is none is refused, without a word of it", () => {
        const none = "its signature is none that ssh-keygen -Y sign writes";
        for (const text of ["", "\u001b[2J", signText(TEXT, key).slice(0, -90)]) {
            assert.equal(fault(TEXT, text), none);
        }
    });
});

describe("parseVerificationKey", () => {
    const line = renderVerificationKey(deriveSigningKey(SEED), "observability/prod");

    it("reads the line, with or without its comment and line break", () => {
        for (const text of [line, `${line}\n`, line.split(" ").slice(0, 2).join(" ")]) {
            const key = parseVerificationKey(text);
            assert.ok(key);
            assert.equal(line.split(" ")[1], publicBlob(key).toString("base64"));
        }
    });

    for (const text of [
        "",
        "ssh-rsa AAAA",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        `${line}\n${line}`,
    ]) {
        it(`finds none in ${JSON.stringify(text.slice(0, 20))}, ${text.length} characters`, () => {
            assert.equal(parseVerificationKey(text), undefined);
        });
    }
});
