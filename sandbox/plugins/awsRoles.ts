// Roles, as the stand-in for the AWS plugin makes them.
import {
    CreateRoleCommand,
    DeleteRoleCommand,
    DeleteRolePolicyCommand,
    GetRoleCommand,
    GetRolePolicyCommand,
    IAMClient,
    ListAttachedRolePoliciesCommand,
    ListRolePoliciesCommand,
    PutRolePolicyCommand,
    UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { at, found, samePolicy } from "./awsResource.ts";
import { type StandInResource, type Properties, text } from "./standIn.ts";

const iam = () => new IAMClient(at());

/** A role. */
export const role: StandInResource = {
    updates: ["assumeRolePolicy"],
    create: async (inputs) => {
        const { Role } = await iam().send(
            new CreateRoleCommand({
                RoleName: text(inputs, "name"),
                Description: text(inputs, "description"),
                AssumeRolePolicyDocument: text(inputs, "assumeRolePolicy"),
            }),
        );
        return { id: text(inputs, "name"), outputs: { arn: Role?.Arn } };
    },
    read: async (RoleName, inputs) => {
        const { Role } = (await found(iam().send(new GetRoleCommand({ RoleName })))) ?? {};
        if (!Role) return undefined;
        await iam().send(new ListRolePoliciesCommand({ RoleName }));
        await iam().send(new ListAttachedRolePoliciesCommand({ RoleName }));
        const document = decodeURIComponent(Role.AssumeRolePolicyDocument ?? "");
        const assumeRolePolicy = samePolicy(inputs["assumeRolePolicy"], document);
        return {
            inputs: { ...inputs, description: Role.Description, assumeRolePolicy },
            outputs: { arn: Role.Arn },
        };
    },
    update: (RoleName, inputs) =>
        iam().send(
            new UpdateAssumeRolePolicyCommand({
                RoleName,
                PolicyDocument: text(inputs, "assumeRolePolicy"),
            }),
        ),
    delete: (RoleName) => iam().send(new DeleteRoleCommand({ RoleName })),
};

const putRolePolicy = (inputs: Properties) =>
    iam().send(
        new PutRolePolicyCommand({
            RoleName: text(inputs, "role"),
            PolicyName: text(inputs, "name"),
            PolicyDocument: text(inputs, "policy"),
        }),
    );

/** A policy in a role. */
export const rolePolicy: StandInResource = {
    updates: ["policy"],
    create: async (inputs) => {
        await putRolePolicy(inputs);
        return { id: `${text(inputs, "role")}:${text(inputs, "name")}`, outputs: {} };
    },
    read: async (id, inputs) => {
        const [RoleName, PolicyName] = id.split(":");
        const command = new GetRolePolicyCommand({ RoleName, PolicyName });
        const { PolicyDocument } = (await found(iam().send(command))) ?? {};
        if (PolicyDocument === undefined) return undefined;
        const document = decodeURIComponent(PolicyDocument);
        return { inputs: { ...inputs, policy: samePolicy(inputs["policy"], document) } };
    },
    update: (_, inputs) => putRolePolicy(inputs),
    delete: (_, outputs) =>
        iam().send(
            new DeleteRolePolicyCommand({
                RoleName: text(outputs, "role"),
                PolicyName: text(outputs, "name"),
            }),
        ),
};
