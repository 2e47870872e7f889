import type { InstanceId, OrgId, SessionId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Db } from "../../schema.ts";
import type { TokenReader } from "../token/token.queries.ts";

/** The facts about signing in that the database knows; sources of commands on sessions and auth requests. */
export const signInReader = ({ db, tokens }: { readonly db: Db; readonly tokens: TokenReader }) => ({
  isOrgActive: async (instanceId: InstanceId, orgId: OrgId): Promise<boolean> => {
    const row = await db
      .selectFrom("orgs")
      .select("state")
      .where("instance_id", "=", instanceId)
      .where("org_id", "=", orgId)
      .executeTakeFirst();
    return row?.state === "active";
  },

  /** The session whose current token was presented, while its user may sign in. */
  findSessionByToken: async (instanceId: InstanceId, presented: string, now: Instant): Promise<SessionId | null> =>
    (await tokens.verify(instanceId, presented, ["session"], now))?.sessionId ?? null,
});
