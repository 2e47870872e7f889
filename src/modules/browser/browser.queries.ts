import { type BrowserId, browserId, type InstanceId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { TokenReader } from "../token/token.queries.ts";

export const browserReader = ({ tokens }: { readonly tokens: TokenReader }) => ({
  /** The browser whose cookie this is, if it is genuine and has not expired. */
  byCookie: async (instanceId: InstanceId, cookie: string, now: Instant): Promise<BrowserId | null> => {
    const token = await tokens.verify(instanceId, cookie, ["browser"], now);
    return token === null ? null : browserId.parse(token.id);
  },
});

export type BrowserReader = ReturnType<typeof browserReader>;
