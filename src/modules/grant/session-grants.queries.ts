import type { ClientId, GrantId, InstanceId, SessionId } from "../../kernel/ids.ts";
import type { Db } from "../../schema.ts";

/** What was opened from sign-in sessions: for telling their clients that a session has ended. */
export const sessionGrantReader = ({ db }: { readonly db: Db }) => ({
  /** The standing grants of a session, those of one client side by side. */
  grantsOf: async (
    instanceId: InstanceId,
    sessionId: SessionId,
    limit: number,
  ): Promise<readonly { readonly grantId: GrantId; readonly clientId: ClientId | null }[]> => {
    const rows = await db
      .selectFrom("oidc_sessions")
      .select(["grant_id", "client_id"])
      .where("instance_id", "=", instanceId)
      .where("session_id", "=", sessionId)
      .where("state", "=", "active")
      .orderBy("client_id")
      .orderBy("grant_id")
      .limit(limit)
      .execute();
    // Ids were parsed when they were stored; so were those below.
    return rows.map((row) => ({ grantId: row.grant_id as GrantId, clientId: row.client_id as ClientId | null }));
  },

  /** The clients that somebody is signed in to by these sessions, each session and client once. */
  clientsOf: async (
    instanceId: InstanceId,
    sessionIds: readonly SessionId[],
    limit: number,
  ): Promise<readonly { readonly sessionId: SessionId; readonly clientId: ClientId }[]> => {
    if (sessionIds.length === 0) return [];
    const rows = await db
      .selectFrom("oidc_sessions")
      .select(["session_id", "client_id"])
      .distinct()
      .where("instance_id", "=", instanceId)
      .where("session_id", "in", sessionIds)
      .where("client_id", "is not", null)
      .where("state", "=", "active")
      .orderBy("session_id")
      .orderBy("client_id")
      .limit(limit)
      .execute();
    return rows.map((row) => ({ sessionId: row.session_id as SessionId, clientId: row.client_id as ClientId }));
  },
});

export type SessionGrantReader = ReturnType<typeof sessionGrantReader>;
