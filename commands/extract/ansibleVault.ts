import { createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";

// https://docs.ansible.com/ansible/latest/vault_guide/vault_using_encrypted_content.html: "Ansible
// Vault payload format"
const ITERATIONS = 10_000;
const KEY_BYTES = 32;
const IV_BYTES = 16;

/** Whether a text is encrypted by Ansible Vault. */
export function isVault(text: string): boolean {
    return /^\s*\$ANSIBLE_VAULT;/.test(text);
}

/** The vault id in the header, since format 1.2; `default` without one. */
export function vaultLabel(text: string): string {
    return /^\s*\$ANSIBLE_VAULT;1\.2;[A-Z0-9]+;([^\s;]+)/.exec(text)?.[1] ?? "default";
}

/** Decrypts what `ansible-vault` encrypted. Throws a one-line error that begins with the name. */
export function openVault(text: string, password: string, name: string): string {
    const [header = "", ...lines] = text.trim().split(/\s*\n\s*/);
    if (!/^\$ANSIBLE_VAULT;1\.[12];AES256(?:;|$)/.test(header)) {
        throw new Error(`${name} is in another format of Ansible Vault: ansible-vault rekey it`);
    }
    const [salt, digest, ciphertext] = Buffer.from(lines.join(""), "hex")
        .toString()
        .split("\n")
        .map((part) => Buffer.from(part, "hex"));
    if (!salt || !ciphertext?.length || digest?.length !== 32) {
        throw new Error(`${name} is no whole Ansible Vault: check that nothing of it is cut off`);
    }
    const keys = pbkdf2Sync(password, salt, ITERATIONS, 2 * KEY_BYTES + IV_BYTES, "sha256");
    const mac = keys.subarray(KEY_BYTES, 2 * KEY_BYTES);
    if (!timingSafeEqual(createHmac("sha256", mac).update(ciphertext).digest(), digest)) {
        throw new Error(`the vault password does not open ${name}: give the one for this vault id`);
    }
    const iv = keys.subarray(2 * KEY_BYTES);
    const decipher = createDecipheriv("aes-256-ctr", keys.subarray(0, KEY_BYTES), iv);
    const padded = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    return padded.subarray(0, padded.length - (padded.at(-1) ?? 0)).toString(); // PKCS #7
}
