import type { webcrypto } from "node:crypto";

// @peculiar/x509 asks for a polyfill of decorator metadata, which nothing it registers carries:
// absent is true.
Object.assign(Reflect, { getMetadata: () => undefined, getOwnMetadata: () => undefined });
const x509 = await import("@peculiar/x509");

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAYS = 30; // a sandbox lives for minutes; a forgotten copy of its keys is soon worth nothing

/** A certificate and its private key, in PEM. */
export interface Certificate {
    readonly certificate: string;
    readonly key: string;
}

/**
 * Whom a certificate is made for: a server, by its address, or a client, as Kubernetes reads names
 * and groups.
 */
export type Subject =
    { readonly server: string } | { readonly user: string; readonly groups?: readonly string[] };

/** Something that signs certificates. Its own key never leaves the process. */
export interface Authority {
    /** The authority's certificate, in PEM. */
    readonly certificate: string;
    issue(subject: Subject): Promise<Certificate>;
}

/** Makes a certificate authority, ECDSA P-256, good for 30 days as is all it issues. */
export async function createAuthority(name: string): Promise<Authority> {
    const keys = await generateKeys();
    const own = await x509.X509CertificateGenerator.createSelfSigned({
        name: [{ CN: [name] }],
        keys,
        signingAlgorithm: ALGORITHM,
        ...validity(),
        extensions: [
            new x509.BasicConstraintsExtension(true, 0, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        ],
    });
    const issue = async (subject: Subject): Promise<Certificate> => {
        const issued = await generateKeys();
        const certificate = await x509.X509CertificateGenerator.create({
            subject: distinguishedName(subject),
            issuer: own.subject,
            publicKey: issued.publicKey,
            signingKey: keys.privateKey,
            signingAlgorithm: ALGORITHM,
            ...validity(),
            extensions: extensions(subject),
        });
        return { certificate: certificate.toString("pem"), key: await privateKey(issued) };
    };
    return { certificate: own.toString("pem"), issue };
}

/** Makes a key pair, ECDSA P-256, in PEM. */
export async function createKeyPair(): Promise<{ publicKey: string; key: string }> {
    const keys = await generateKeys();
    const der = await crypto.subtle.exportKey("spki", keys.publicKey);
    return {
        publicKey: x509.PemConverter.encode(der, "PUBLIC KEY"),
        key: await privateKey(keys),
    };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
    return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function privateKey(keys: webcrypto.CryptoKeyPair): Promise<string> {
    const der = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
    return x509.PemConverter.encode(der, "PRIVATE KEY");
}

function validity(): { notBefore: Date; notAfter: Date } {
    const notBefore = new Date();
    return { notBefore, notAfter: new Date(notBefore.getTime() + DAYS * 86_400_000) };
}

function distinguishedName(subject: Subject): { CN?: string[]; O?: string[] }[] {
    if ("server" in subject) return [{ CN: [subject.server] }];
    return [...(subject.groups ?? []).map((group) => ({ O: [group] })), { CN: [subject.user] }];
}

function extensions(subject: Subject) {
    const usage = new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true);
    if ("user" in subject) {
        return [usage, new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])];
    }
    return [
        usage,
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: "ip", value: subject.server }]),
    ];
}
