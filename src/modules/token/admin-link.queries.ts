import type { InstanceId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { TokenReader } from "./token.queries.ts";

export const adminLinkReader = ({ tokens }: { readonly tokens: TokenReader }) => ({
  /** The link that this text opens, if it is genuine and has neither expired nor been used. */
  byToken: async (
    instanceId: InstanceId,
    presented: string,
    now: Instant,
  ): Promise<{ readonly linkId: string } | null> => {
    const token = await tokens.verify(instanceId, presented, ["admin_link"], now);
    return token?.data.linkId === undefined ? null : { linkId: token.data.linkId };
  },
});

export type AdminLinkReader = ReturnType<typeof adminLinkReader>;
