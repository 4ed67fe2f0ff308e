// What git and the hosts say, as they are documented and reported to say it: no host but ours is
// asked.
import assert from "node:assert/strict";
import fc from "fast-check";
import { describeFailure } from "../../../mirror/git/gitFailure.ts";
import { parseRemote } from "../../../settings/gitRemote.ts";

const URL = "https://git.example/group/repo.git";
const CREDENTIALS = { username: "oauth2", token: "t0k3n-of-the-mirror" };

function describeIt(stderr: string, stdout = "", timedOut = false): string {
    const result = { exitCode: 128, stderr, stdout, timedOut };
    return describeFailure(parseRemote(URL), CREDENTIALS, result, 60);
}

const UNTRUSTED =
    "the host's TLS certificate is not trusted: set mirror.caFile to the authority it is signed by";
const TOKEN =
    "the token is refused: set mirror.token (and mirror.username, if the host asks for a certain one) anew";
const MAY_NOT = "the token may not write there: give it the right to write this repository";
const PROTECTED =
    "the host does not let this identity push to the branch: allow it where the branch is protected, or set mirror.branch";
const MISSING =
    "there is no such repository, or this identity may not see it: create it, private and empty";
const AWAY = "it cannot be reached, or broke off: run pulumi up again when it answers";

describe("describeFailure", () => {
    const said: readonly (readonly [string, string, string])[] = [
        [
            "GnuTLS",
            `fatal: unable to access '${URL}/': server certificate verification failed. CAfile: none CRLfile: none`,
            UNTRUSTED,
        ],
        [
            "OpenSSL",
            `fatal: unable to access '${URL}/': SSL certificate problem: unable to get local issuer certificate`,
            UNTRUSTED,
        ],
        [
            "GitLab, of a wrong token",
            `remote: HTTP Basic: Access denied.\nfatal: Authentication failed for '${URL}/'`,
            TOKEN,
        ],
        [
            "a host that asks again",
            `fatal: could not read Username for '${URL}': terminal prompts disabled`,
            TOKEN,
        ],
        [
            "GitLab, of a token that may only read",
            `remote: You are not allowed to push code to this project.\nfatal: unable to access '${URL}/': The requested URL returned error: 403`,
            MAY_NOT,
        ],
        [
            "GitLab, of a protected branch",
            "remote: GitLab: You are not allowed to push code to protected branches on this project.\n" +
                `To ${URL}\n! [remote rejected] main -> main (pre-receive hook declined)`,
            PROTECTED,
        ],
        [
            "Gitea, of a protected branch",
            "remote: Gitea: Not allowed to push to protected branch main\n" +
                "! [remote rejected] main -> main (pre-receive hook declined)",
            PROTECTED,
        ],
        [
            "GitLab, of no project",
            "remote: The project you were looking for could not be found or you don't have permission to view it.\n" +
                `fatal: repository '${URL}/' not found`,
            MISSING,
        ],
        [
            "Bitbucket over SSH",
            "conq: repository does not exist.\nfatal: Could not read from remote repository.",
            MISSING,
        ],
        [
            "a server that is away",
            `fatal: unable to access '${URL}/': Failed to connect to git.example port 443: Couldn't connect to server`,
            AWAY,
        ],
        [
            "a server that hangs up",
            `fatal: unable to access '${URL}/': gnutls_handshake() failed: The TLS connection was non-properly terminated.`,
            AWAY,
        ],
        [
            "a name nobody knows",
            `fatal: unable to access '${URL}/': Could not resolve host: git.example`,
            AWAY,
        ],
    ];
    for (const [who, stderr, fault] of said) {
        it(`knows what ${who} means`, () => {
            const message = describeIt(stderr);
            assert.ok(message.startsWith(`mirror.remote ${URL}: ${fault} (`), message);
        });
    }

    it("gives the host's words, on one line", () => {
        const stderr = "warning: noise\nremote: \u001b[31mno\u001b[0m way\nerror: failed to push";
        assert.equal(
            describeIt(stderr),
            `mirror.remote ${URL}: git failed (remote:  [31mno [0m way; error: failed to push)`,
        );
    });

    it("gives the exit code when nothing is said", () => {
        assert.equal(describeIt(""), `mirror.remote ${URL}: git failed (exit code 128)`);
    });

    it("says when time was up, whatever was said until then", () => {
        assert.equal(
            describeIt("fatal: Authentication failed", "", true),
            `mirror.remote ${URL}: git was ended after 60 s without a result: run pulumi up again when the host answers`,
        );
    });

    it("is one line without the token, whatever the host says around it", () => {
        const header = Buffer.from(`oauth2:${CREDENTIALS.token}`).toString("base64");
        const secret = fc.constantFrom(CREDENTIALS.token, header);
        fc.assert(
            fc.property(fc.string(), secret, fc.string(), (before, value, after) => {
                const message = describeIt(`remote: ${before}${value}${after}`);
                assert.ok(!message.includes(CREDENTIALS.token));
                assert.ok(!message.includes(header));
                assert.match(message, /^[\x20-\x7e]*$/);
            }),
        );
    });
});
