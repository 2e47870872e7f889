import { canonicalJson } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database } from "../../schema.ts";
import type { grant } from "./grant.events.ts";

export const grantProjection: Projection<Database, typeof grant> = {
  "oidc_session.added": (event, db) => [
    db.insertInto("oidc_sessions").values({
      instance_id: event.instanceId,
      grant_id: event.id,
      user_id: event.payload.userId ?? "",
      session_id: event.payload.sessionId,
      client_id: event.payload.clientId,
      auth_request_id: event.payload.authRequestId,
      state: "active",
      scope: canonicalJson(event.payload.scope),
      audience: canonicalJson(event.payload.audience),
      amr: canonicalJson(event.payload.amr),
      auth_time: event.payload.authTime,
      refresh_token_id: null,
      refresh_idle_expires_at: null,
      refresh_absolute_expires_at: null,
      grant_type: event.payload.grantType,
      acr: event.payload.acr,
      confirmation: event.payload.confirmation && canonicalJson(event.payload.confirmation),
      actor: event.payload.actor && canonicalJson(event.payload.actor),
      resources: canonicalJson(event.payload.resources),
      authorization_details: canonicalJson(event.payload.authorizationDetails),
      claims: event.payload.claims && canonicalJson(event.payload.claims),
      created_at: event.at,
      changed_at: event.at,
    }),
    ...(event.payload.bases.length === 0
      ? []
      : [
          db.insertInto("grant_bases").values(
            event.payload.bases.map(({ kind, id }) => ({
              instance_id: event.instanceId,
              grant_id: event.id,
              kind,
              base_id: id,
            })),
          ),
        ]),
  ],
  "oidc_session.access_token.added": () => [],
  "oidc_session.access_token.revoked": () => [],
  "oidc_session.refresh_token.added": (event, db) => [
    db
      .updateTable("oidc_sessions")
      .set({
        refresh_token_id: event.payload.tokenId,
        refresh_idle_expires_at: event.payload.idleExpiresAt,
        refresh_absolute_expires_at: event.payload.absoluteExpiresAt,
        changed_at: event.at,
      })
      .where("instance_id", "=", event.instanceId)
      .where("grant_id", "=", event.id),
  ],
  "oidc_session.refresh_token.renewed": (event, db) => [
    db
      .updateTable("oidc_sessions")
      .set({
        refresh_token_id: event.payload.tokenId,
        refresh_idle_expires_at: event.payload.idleExpiresAt,
        changed_at: event.at,
      })
      .where("instance_id", "=", event.instanceId)
      .where("grant_id", "=", event.id),
  ],
  "oidc_session.revoked": (event, db) => [
    db
      .updateTable("oidc_sessions")
      .set({
        state: "revoked",
        refresh_token_id: null,
        refresh_idle_expires_at: null,
        refresh_absolute_expires_at: null,
        changed_at: event.at,
      })
      .where("instance_id", "=", event.instanceId)
      .where("grant_id", "=", event.id),
  ],
};
