/**
 * How the files of a stack are called in a mirror: what writes them and what finds them again agree
 * here.
 */
const AGE = ".yaml.age";
const OPENPGP = ".yaml.asc";
const SOPS = ".sops.yaml";

/** What follows the stack in the name of its record. */
export const RECORD_ENDING = ".rotation.json";

/** What follows the name of a record in that of its signature. */
export const SIGNATURE_ENDING = ".sig";

/** What follows the stack in the names of sealed files: for age, for OpenPGP, of SOPS. */
export const SEALED_ENDINGS: readonly string[] = [AGE, OPENPGP, SOPS];

/** The sealed file of a stack, unless configured: the one for age where there may be two. */
export function sealedName(stack: string, format: "sealed" | "sops"): string {
    return stack + (format === "sops" ? SOPS : AGE);
}

/** The file for OpenPGP beside the one for age: `prod.yaml.asc` beside `prod.yaml.age`. */
export function openpgpPath(path: string): string {
    return `${path.replace(/\.age$/, "")}.asc`;
}
