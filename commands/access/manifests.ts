/** Who is given something: a user, a group or a ServiceAccount. */
export interface Subject {
    readonly kind: "User" | "Group" | "ServiceAccount";
    readonly name: string;
    readonly namespace?: string;
}

/** An object of Kubernetes that a stack writes. */
export interface Written {
    readonly kind: "Secret" | "ConfigMap";
    readonly namespace: string;
    readonly name: string;
}

/** A ServiceAccount that may read a Secret. */
export interface Reader {
    readonly secret: Written;
    readonly serviceAccount: string;
}

const API_GROUP = "rbac.authorization.k8s.io";

/** All that the provider asks for to make, change and remove one (source of 2024-09-30). */
const WRITING = ["get", "create", "patch", "delete"];

const RESOURCES = { Secret: "secrets", ConfigMap: "configmaps" };

/**
 * A Role and its binding in each namespace, by which a deployer can write these objects and no
 * other.
 *
 * `create` can be limited to names here, as the provider makes objects by a server-side apply,
 * whose request has the name in it; a plain POST is refused (kube-apiserver 1.36).
 */
export function deployerRoles(
    name: string,
    objects: readonly Written[],
    deployer: Subject,
): readonly object[] {
    const namespaces = [...new Set(objects.map(({ namespace }) => namespace))];
    return namespaces.flatMap((namespace) => {
        const rules = (["Secret", "ConfigMap"] as const).flatMap((kind) => {
            const ours = objects.filter((one) => one.kind === kind && one.namespace === namespace);
            const resourceNames = ours.map((one) => one.name);
            if (resourceNames.length === 0) return [];
            return [
                { apiGroups: [""], resources: [RESOURCES[kind]], resourceNames, verbs: WRITING },
            ];
        });
        // It follows a namespace's events while it waits, and prints an error where it may not.
        const events = { apiGroups: [""], resources: ["events"], verbs: ["list", "watch"] };
        return role({ name, namespace }, [...rules, events], deployer);
    });
}

/** A Role and its binding, by which a ServiceAccount can read one Secret and nothing else. */
export function readerRole(name: string, { secret, serviceAccount }: Reader): readonly object[] {
    const { namespace } = secret;
    const resourceNames = [secret.name];
    const rules = [{ apiGroups: [""], resources: ["secrets"], resourceNames, verbs: ["get"] }];
    const subject = { kind: "ServiceAccount", name: serviceAccount, namespace } as const;
    return role({ name, namespace }, rules, subject);
}

function role(
    metadata: { readonly name: string; readonly namespace: string },
    rules: readonly object[],
    { kind, ...who }: Subject,
): readonly object[] {
    const apiVersion = `${API_GROUP}/v1`;
    const subject =
        kind === "ServiceAccount" ? { kind, ...who } : { apiGroup: API_GROUP, kind, ...who };
    const roleRef = { apiGroup: API_GROUP, kind: "Role", name: metadata.name };
    return [
        { apiVersion, kind: "Role", metadata, rules },
        { apiVersion, kind: "RoleBinding", metadata, roleRef, subjects: [subject] },
    ];
}
