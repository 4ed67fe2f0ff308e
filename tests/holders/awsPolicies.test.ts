import assert from "node:assert/strict";
import {
    keyPolicy,
    principalsOf,
    secretPolicy,
    trustPolicy,
    updatePolicy,
} from "../../holders/awsPolicies.ts";
import { awsSchema } from "../../settings/awsSchema.ts";
import { describeIssue } from "../../settings/describeIssue.ts";

const READER = "arn:aws:iam::123456789012:role/reader";
const DEPLOYER = "arn:aws:iam::123456789012:role/deployer";
const everybody = { Principal: "*", Resource: "*" };

describe("policies of AWS", () => {
    it("let the named read the secret, and deny all others and all without TLS", () => {
        assert.deepEqual(secretPolicy([READER], [DEPLOYER]).Statement, [
            {
                Sid: "Readers",
                Effect: "Allow",
                Principal: { AWS: [READER] },
                Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                Resource: "*",
            },
            {
                Sid: "NobodyElse",
                Effect: "Deny",
                ...everybody,
                Action: "secretsmanager:GetSecretValue",
                Condition: { ArnNotLike: { "aws:PrincipalArn": [READER, DEPLOYER] } },
            },
            {
                Sid: "OnlyTls",
                Effect: "Deny",
                ...everybody,
                Action: "secretsmanager:*",
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
        ]);
        // AWS refuses an empty principal
        assert.equal(secretPolicy([], [DEPLOYER]).Statement.length, 2);
    });

    it("let readers use the key through Secrets Manager only", () => {
        assert.deepEqual(keyPolicy("123456789012", "eu-central-1", [READER]).Statement[1], {
            Sid: "Readers",
            Effect: "Allow",
            Principal: { AWS: [READER] },
            Action: "kms:Decrypt",
            Resource: "*",
            Condition: {
                StringEquals: { "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com" },
            },
        });
    });

    it("let only one environment of one repository take the role", () => {
        assert.deepEqual(trustPolicy("123456789012", "owner/name", "production").Statement, [
            {
                Effect: "Allow",
                Principal: {
                    Federated:
                        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
                },
                Action: "sts:AssumeRoleWithWebIdentity",
                Condition: {
                    StringEquals: {
                        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                        "token.actions.githubusercontent.com:sub":
                            "repo:owner/name:environment:production",
                    },
                },
            },
        ]);
    });

    it("give the role nothing on what is not there", () => {
        assert.deepEqual(updatePolicy({ role: DEPLOYER }).Statement, [
            {
                Effect: "Allow",
                Action: [
                    "iam:GetRole",
                    "iam:GetRolePolicy",
                    "iam:ListAttachedRolePolicies",
                    "iam:ListRolePolicies",
                ],
                Resource: DEPLOYER,
            },
        ]);
    });

    it("let CI encrypt the mirror's data key, by the alias of its key or the key itself", () => {
        const encrypt = (kmsRecipient: string) =>
            updatePolicy({ role: DEPLOYER, kmsRecipient }).Statement[1];
        const keys = "arn:aws:kms:eu-central-1:123456789012:";
        assert.deepEqual(encrypt(`${keys}key/1-2`), {
            Effect: "Allow",
            Action: ["kms:Encrypt"],
            Resource: `${keys}key/1-2`,
        });
        assert.deepEqual(encrypt(`${keys}alias/mirror`), {
            Effect: "Allow",
            Action: ["kms:Encrypt"],
            Resource: `${keys}key/*`,
            Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/mirror" } },
        });
    });

    it("name a session's role with any path, and a user as it is", () => {
        assert.deepEqual(principalsOf("arn:aws:sts::123456789012:assumed-role/deployer/session"), [
            DEPLOYER,
            "arn:aws:iam::123456789012:role/*/deployer",
        ]);
        const user = "arn:aws:iam::123456789012:user/ada";
        assert.deepEqual(principalsOf(user), [user]);
    });
});

describe("the aws key of the configuration", () => {
    const refusals: readonly (readonly [object, string])[] = [
        [{}, "region must be set (string)"],
        [{ region: "Europe" }, 'region: must be a region of AWS, such as "eu-central-1"'],
        [
            { region: "eu-central-1", secret: { readers: ["*"] } },
            "secret.readers[0]: must be the ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/reader",
        ],
        [
            { region: "eu-central-1", kmsRecipient: "alias/mirror" },
            "kmsRecipient: must be the ARN of a key of KMS or of its alias, such as arn:aws:kms:eu-central-1:123456789012:alias/mirror",
        ],
        [
            { region: "eu-central-1", ciRole: { repository: "name", environment: "production" } },
            "ciRole.repository: must be owner/name",
        ],
        [
            { region: "eu-central-1", ciRole: { repository: "a/b", environment: "*" } },
            "ciRole.environment: must be the name of an environment",
        ],
    ];
    for (const [given, message] of refusals) {
        it(`refuses ${JSON.stringify(given)}`, () => {
            const parsed = awsSchema.optional().safeParse(given, { reportInput: true });
            assert.equal(describeIssue(parsed.error?.issues[0]), message);
        });
    }
});
