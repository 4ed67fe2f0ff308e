import { isWritten, type Settings } from "./settings.ts";

/** What is made by hand is one value for all receivers, and so is what Secrets Manager holds. */
export function refuseMixed({ receivers, aws }: Pick<Settings, "receivers" | "aws">): void {
    const index = receivers.findIndex(({ mint }) => mint !== undefined);
    if (index === -1) return;
    const minting = `receivers[${index}].mint makes another value for ${receivers[index]?.name ?? ""} than others have`;
    const byHand = receivers.find((one) => !isWritten(one) && one.mint === undefined);
    if (byHand) {
        throw new Error(
            `${minting}, while ${byHand.name} takes what is made by hand: give it a stack of its own`,
        );
    }
    if (aws?.secret) {
        throw new Error(`${minting}, while aws.secret holds one: give it a stack of its own`);
    }
}
