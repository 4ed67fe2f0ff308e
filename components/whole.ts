import * as pulumi from "@pulumi/pulumi";

/** What is in the SDK but not in its types. */
interface Untyped {
    /** Whether an output has a value; what `apply` itself asks. */
    readonly isKnown: Promise<boolean>;
    /** What `dependsOn` waits for when it is given a component. */
    readonly __childResources?: ReadonlySet<pulumi.Resource>;
}

let isToldLeftOut = false;

/**
 * Resources for others to depend on, once the update has made all they consist of.
 *
 * An update with `--target` leaves out a resource that would be new, and tells the program only by
 * an id that stays unknown. What depends on it must not be registered then: the engine may record
 * it with a dependency that is not there, and refuse its own state from then on (Pulumi 3.259,
 * "snapshot integrity failure").
 */
export async function whole<T extends pulumi.Resource>(resources: readonly T[]): Promise<T[]> {
    await Promise.all(resources.map(check));
    return [...resources];
}

async function check(resource: pulumi.Resource): Promise<void> {
    if (!pulumi.CustomResource.isInstance(resource)) {
        await whole([...((resource as unknown as Untyped).__childResources ?? [])]);
        return;
    }
    const { isKnown } = resource.id as unknown as Untyped;
    if ((await isKnown) || pulumi.runtime.isDryRun()) return;
    if (isToldLeftOut) return new Promise(() => undefined); // each further one would be a line more
    isToldLeftOut = true;
    const { promise, resolve } = Promise.withResolvers<string>();
    resource.urn.apply(resolve);
    const name = (await promise).replace(/^.*::/, "");
    throw new pulumi.RunError(
        `this update leaves out ${name}, which others need: what a rotation is made of is one thing. Run it without --target and --exclude`,
    );
}
