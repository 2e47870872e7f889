import { canonicalJson, type Json } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database } from "../../schema.ts";
import type { clientRegistration } from "./client-registration.events.ts";

export const clientRegistrationProjection: Projection<Database, typeof clientRegistration> = {
  "instance.client_registration.policy.set": (e, db) => {
    // A payload was parsed by the policy's schema, which holds JSON only.
    const policy = canonicalJson(e.payload as Json);
    return [
      db
        .insertInto("client_registration_policies")
        .values({ instance_id: e.instanceId, policy, changed_at: e.at })
        .onConflict((key) => key.column("instance_id").doUpdateSet({ policy, changed_at: e.at })),
    ];
  },
  "instance.client_registration.token.added": (e, db) => [
    db.insertInto("initial_access_tokens").values({
      instance_id: e.instanceId,
      token_id: e.payload.tokenId,
      name: e.payload.name,
      expires_at: e.payload.expiresAt,
      created_at: e.at,
    }),
  ],
  "instance.client_registration.token.removed": (e, db) => [
    db
      .deleteFrom("initial_access_tokens")
      .where("instance_id", "=", e.instanceId)
      .where("token_id", "=", e.payload.tokenId),
  ],
};
