import * as z from "zod";

const awsRegion = z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region of AWS, such as "eu-central-1"');

const awsPrincipal = z
    .string()
    .regex(
        /^arn:aws(-[a-z]+)*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/,
        "must be the ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/reader",
    );

const awsKey = z
    .string()
    .regex(
        /^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+$/,
        "must be the ARN of a key of KMS or of its alias, such as " +
            "arn:aws:kms:eu-central-1:123456789012:alias/mirror",
    );

/** The credential as a secret of Secrets Manager, as written. */
const secret = z.strictObject({
    name: z
        .string()
        .regex(/^[\w/-]{1,200}$/, "must be 1 to 200 letters, digits and /_-")
        .optional()
        .describe("The secret's name. `prometheus-write-secret/<stack>` when left out."),
    replicaRegions: z.array(awsRegion).default([]).describe("Further regions that hold a copy."),
    recoveryWindowDays: z
        .int()
        .min(7)
        .max(30)
        .default(30)
        .describe("Days in which a deleted secret can be restored."),
    readers: z
        .array(awsPrincipal)
        .default([])
        .describe("ARNs of the roles and users that may read it."),
    deployers: z
        .array(awsPrincipal)
        .min(1, "must list one ARN at least")
        .optional()
        .describe("ARNs of those who run updates. Whoever runs this one when left out."),
});

/** What is made on AWS, as written. */
export const awsSchema = z.strictObject({
    region: awsRegion.describe("The region, such as `eu-central-1`."),
    kmsRecipient: awsKey
        .optional()
        .describe("A key of KMS, or its alias, that opens the mirror too; `format: sops` alone."),
    secret: secret
        .optional()
        .describe("The credential as a secret of Secrets Manager. None when left out."),
    ciRole: z
        .strictObject({
            repository: z
                .string()
                .regex(/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/, "must be owner/name")
                .describe("`owner/name` on GitHub."),
            environment: z
                .string()
                .regex(/^[\w .-]{1,255}$/, "must be the name of an environment")
                .describe("Whose jobs may take the role."),
        })
        .optional()
        .describe("The role GitHub Actions takes to rotate. None when left out."),
});

/** What is made on AWS, checked. */
export type AwsSettings = z.infer<typeof awsSchema>;

/** The credential as a secret of Secrets Manager, checked. */
export type AwsSecretSettings = z.infer<typeof secret>;
