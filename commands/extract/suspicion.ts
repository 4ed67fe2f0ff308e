/** Directories that hold what a path names, where a password could begin with a slash as well. */
const ROOTED =
    /^(?:\/(?:run|etc|var|secrets?|mnt|opt|home|usr|srv|tmp|vault|credentials?|root|app|data|config|proc|dev|private|Users|prometheus|certs|keys)\/|~\/|\.\.?\/|[A-Za-z]:\\)[\w.@%{}$~+ \\/-]+$/;
const ENDING = /^[\w-]+(?:\.[\w-]+)*\.(?:txt|pass|passwd|pwd|env|conf|cfg|ya?ml|json|pem|creds?)$/;

/** Whether a text is a path and no credential: where a credential belongs, it must be plain. */
export function isPath(text: string): boolean {
    return (ROOTED.test(text) || ENDING.test(text)) && !holdsSecret(text);
}

/**
 * Whether a text that is given as a path may be shown, although there is no such file: it has
 * directories, an ending, or a variable, and nothing in it looks like a secret.
 */
export function isShowable(path: string): boolean {
    const isPlain = /^[\w.@%{}$~()[\] \\/:-]+$/.test(path) && /[\\/{]/.test(path);
    return (isPlain || /^\.{1,2}$/.test(path) || ENDING.test(path)) && !holdsSecret(path);
}

/**
 * Whether a part of a text looks drawn at random, or begins as vendors' tokens do: it is not shown
 * where a path or a username belongs. Words, numbers and addresses are none.
 */
export function holdsSecret(text: string): boolean {
    return text.split(/[\\/:@,;\s]+/).some((part) => {
        if (/^(?:gl(?:c|sa|pat)[-_]|eyJ|gh[a-z]_|github_pat_|xox[a-z]-|sk-|hv[sb]\.)/.test(part)) {
            return part.length > 8;
        }
        const hasDigit = /[0-9]/.test(part);
        const isMixed = hasDigit && /[a-z]/.test(part) && /[A-Z]/.test(part);
        const longest = Math.max(...part.split(/[-_.]/).map((word) => word.length));
        return (isMixed && part.length >= 10) || (hasDigit && /[a-z]/i.test(part) && longest >= 20);
    });
}

/** Text of a file as it may be shown: a terminal would obey control characters. */
export function toPrintable(text: string): string {
    return text.replace(/\p{C}/gu, "?");
}
