import * as z from "zod";
import { judgeUnauthorized } from "../../proof/verdict.ts";
import type { ReceiverSettings } from "../../settings/settings.ts";
import { username } from "../../settings/terms.ts";
import type { ReceiverKind } from "../receiverKind.ts";
import { mintSchema } from "../vendors.ts";

/** A receiver that only its owner can configure. */
export interface ExternalSettings extends ReceiverSettings {
    readonly projectionLimitSeconds: number;
}

/**
 * A managed service, or somebody else's team: whom it lets in is decided where its credentials are
 * made, so it reads nothing of ours, and only asking it tells what it accepts and refuses.
 */
export const external: ReceiverKind<ExternalSettings> = {
    external: true,
    settings: z
        .strictObject({
            username: username
                .optional()
                .describe(
                    "The username of basic authentication, such as the instance ID of Grafana Cloud. The stack's " +
                        "`username` when left out.",
                ),
            projectionLimitSeconds: z
                .int()
                .min(1)
                .max(3600)
                // https://github.com/grafana/terraform-provider-grafana/issues/2060
                .default(900)
                .describe(
                    "How long the gate waits for it: a token of Grafana Cloud can take ten minutes to become valid. As " +
                        "long is waited until it refuses what was revoked.",
                ),
            mint: mintSchema,
        })
        .describe(
            "A receiver this program cannot configure: a managed service, or another team's. Each credential is made " +
                "by hand where it is run, and given as `adopted`, or minted by the vendor `mint` names; it has `name`, `url`, `probeUrls`, `connections`, " +
                "`queryUrl`, `allowHttp` and `caFile` of the above. [Receivers](receivers.md#external) tells how it rotates.",
        ),
    example: { projectionLimitSeconds: 900 },
    usernames: "shared",
    render: () => ({}),
    parse: () => undefined,
    select: (files) => files,
    verdict: judgeUnauthorized,
};
