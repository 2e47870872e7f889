import { applicationId } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database } from "../../schema.ts";
import type { consent } from "./consent.events.ts";

export const consentProjection: Projection<Database, typeof consent> = {
  "consent.given": (e, db) => {
    const given = {
      client_id: e.payload.clientId,
      scopes: canonicalJson(e.payload.scopes),
      resources: canonicalJson(e.payload.resources),
      authorization_details_types: canonicalJson(e.payload.authorizationDetailsTypes),
      claims: canonicalJson(e.payload.claims),
      auth_request_id: e.payload.authRequestId,
      given_at: e.at,
    };
    return [
      db
        .insertInto("consents")
        .values({
          instance_id: e.instanceId,
          user_id: e.payload.userId,
          application_id: e.payload.applicationId,
          ...given,
        })
        .onConflict((key) => key.columns(["instance_id", "user_id", "application_id"]).doUpdateSet(given)),
    ];
  },
  "consent.withdrawn": (e, db) => [
    db
      .deleteFrom("consents")
      .where("instance_id", "=", e.instanceId)
      .where("user_id", "=", e.payload.userId)
      .where("application_id", "=", applicationId.parse(e.id.slice(e.payload.userId.length + 1))),
  ],
};
