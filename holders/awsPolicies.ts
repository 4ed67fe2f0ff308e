interface Statement {
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly [key: string]: unknown;
}

/** A policy of IAM. */
export interface Policy {
    readonly Version: "2012-10-17";
    readonly Statement: readonly Statement[];
}

const ISSUER = "token.actions.githubusercontent.com";

/**
 * ARN patterns by which `aws:PrincipalArn` names the caller that STS named. Of a role's session STS
 * tells the role without its path, which `aws:PrincipalArn` has: any path is taken.
 */
export function principalsOf(callerArn: string): readonly string[] {
    const session = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(callerArn);
    if (!session) return [callerArn];
    const [, partition = "", account = "", role = ""] = session;
    const prefix = `arn:${partition}:iam::${account}:role/`;
    return [`${prefix}${role}`, `${prefix}*/${role}`];
}

/**
 * Who reads the secret: the readers, and those who deploy; everybody else is denied, whatever IAM
 * grants them.
 */
export function secretPolicy(readers: readonly string[], deployers: readonly string[]): Policy {
    const everybody = { Principal: "*", Resource: "*" };
    const allow = {
        Sid: "Readers",
        Effect: "Allow",
        Principal: { AWS: readers },
        Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        Resource: "*", // in a secret's own policy: this secret
    };
    return {
        Version: "2012-10-17",
        Statement: [
            ...(readers.length > 0 ? [allow] : []),
            {
                Sid: "NobodyElse",
                Effect: "Deny",
                ...everybody,
                Action: "secretsmanager:GetSecretValue",
                Condition: { ArnNotLike: { "aws:PrincipalArn": [...readers, ...deployers] } },
            },
            {
                Sid: "OnlyTls",
                Effect: "Deny",
                ...everybody,
                Action: "secretsmanager:*",
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
        ],
    };
}

/**
 * Who uses the secret's key: the account's administrators by IAM, and readers through Secrets
 * Manager only.
 */
export function keyPolicy(account: string, region: string, readers: readonly string[]): Policy {
    const owner = {
        Sid: "Account",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
    };
    const decrypt = {
        Sid: "Readers",
        Effect: "Allow",
        Principal: { AWS: readers },
        Action: "kms:Decrypt",
        Resource: "*",
        Condition: {
            StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` },
        },
    };
    return { Version: "2012-10-17", Statement: readers.length > 0 ? [owner, decrypt] : [owner] };
}

/**
 * Who takes the role of CI: jobs of one environment of one repository, nobody else. The claims are
 * those of https://docs.github.com/en/actions/reference/security/oidc.
 */
export function trustPolicy(account: string, repository: string, environment: string): Policy {
    return {
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${ISSUER}` },
                Action: "sts:AssumeRoleWithWebIdentity",
                Condition: {
                    StringEquals: {
                        [`${ISSUER}:aud`]: "sts.amazonaws.com",
                        [`${ISSUER}:sub`]: `repo:${repository}:environment:${environment}`,
                    },
                },
            },
        ],
    };
}

/** The ARNs an update touches. */
export interface UpdateTargets {
    readonly role: string;
    readonly secret?: string | undefined;
    readonly key?: string | undefined;
    /** The key of KMS the mirror is sealed to, or its alias. */
    readonly kmsRecipient?: string | undefined;
}

/** What an update needs on the secret; making and removing the secret is for people. */
const SECRET_ACTIONS = [
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:GetSecretValue",
    "secretsmanager:ListSecretVersionIds",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
];

/**
 * What Secrets Manager needs of the key on behalf of the caller, and what a refresh reads of it.
 */
const KEY_ACTIONS = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListResourceTags",
];

/** What a refresh reads of the role itself. */
const ROLE_ACTIONS = [
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
];

/** What the role of CI may do. `sts:GetCallerIdentity` needs no permission. */
export function updatePolicy({ role, secret, key, kmsRecipient }: UpdateTargets): Policy {
    const allow = (Action: readonly string[], Resource: string) => ({
        Effect: "Allow",
        Action,
        Resource,
    });
    return {
        Version: "2012-10-17",
        Statement: [
            allow(ROLE_ACTIONS, role),
            ...(secret ? [allow(SECRET_ACTIONS, secret)] : []),
            ...(key ? [allow(KEY_ACTIONS, key), allow(["kms:ListAliases"], "*")] : []),
            ...(kmsRecipient ? [{ ...allow(["kms:Encrypt"], ""), ...byKey(kmsRecipient) }] : []),
        ],
    };
}

/**
 * What names a key in a policy, whose `Resource` must not be an alias:
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html.
 */
function byKey(arn: string): object {
    const [prefix = "", alias] = arn.split(/:(?=alias\/)/);
    if (alias === undefined) return { Resource: arn };
    return {
        Resource: `${prefix}:key/*`,
        Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias } },
    };
}
