import type { Compilable } from "kysely";
import type { InstanceId } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Instant } from "../../kernel/time.ts";
import type { TokenWrite } from "../../kernel/token.ts";
import { unreachable } from "../../kernel/unreachable.ts";
import type { Db } from "../../schema.ts";

/** Removes credentials that stopped working before a moment; no answer changes by it. */
export const dropExpiredTokens = (
  { instanceId, before }: { readonly instanceId: InstanceId; readonly before: Instant },
  db: Db,
): Compilable => db.deleteFrom("tokens").where("instance_id", "=", instanceId).where("expires_at", "<", before);

/** What a decision's credential writes do to the table; the store runs them in the append transaction. */
export const tokenStatements = (
  write: TokenWrite,
  { instanceId, at }: { readonly instanceId: InstanceId; readonly at: Instant },
  db: Db,
): readonly Compilable[] => {
  switch (write.do) {
    case "put": {
      const { row } = write;
      return [
        db.insertInto("tokens").values({
          instance_id: instanceId,
          kind: row.kind,
          id: row.id,
          hash: row.hash,
          created_at: at,
          expires_at: row.expiresAt,
          user_id: row.userId ?? null,
          session_id: row.sessionId ?? null,
          grant_id: row.grantId ?? null,
          auth_request_id: row.authRequestId ?? null,
          client_id: row.clientId ?? null,
          browser_id: row.browserId ?? null,
          data: row.data === undefined ? null : canonicalJson(row.data),
        }),
      ];
    }
    case "drop":
      return [
        db
          .deleteFrom("tokens")
          .where("instance_id", "=", instanceId)
          .where("kind", "=", write.kind)
          .where("id", "=", write.id),
      ];
    case "drop_all": {
      const all = db.deleteFrom("tokens").where("instance_id", "=", instanceId);
      const kind = write.kind;
      const ofKind = kind === undefined ? all : all.where("kind", "=", kind);
      if ("sessionId" in write.of) return [ofKind.where("session_id", "=", write.of.sessionId)];
      if ("grantId" in write.of) return [ofKind.where("grant_id", "=", write.of.grantId)];
      const ofUser = ofKind.where("user_id", "=", write.of.userId);
      const { clientId } = write.of;
      return [clientId === undefined ? ofUser : ofUser.where("client_id", "=", clientId)];
    }
    default:
      return unreachable(write);
  }
};
