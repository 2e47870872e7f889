import type { Recorded } from "../../kernel/event.ts";
import { canonicalJson, type Json } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import type { PolicyName } from "./policies.events.ts";
import { forPolicy, instanceSettings, type settings } from "./settings.events.ts";

const put = (policy: PolicyName) => (e: Recorded, db: Db) => {
  // A payload was parsed by the policy's schema, which holds JSON only.
  const value = canonicalJson(e.payload as Json);
  return [
    db
      .insertInto("settings")
      .values({
        instance_id: e.instanceId,
        owner_id: e.id === instanceSettings ? "" : e.id,
        policy,
        value,
        sequence: e.version,
        created_at: e.at,
        changed_at: e.at,
      })
      .onConflict((key) =>
        key
          .columns(["instance_id", "owner_id", "policy"])
          .doUpdateSet({ value, sequence: e.version, changed_at: e.at }),
      ),
  ];
};

/** Policies as they are read: one row per owner and policy. */
export const settingsProjection: Projection<Database, typeof settings> = {
  ...forPolicy("login", put("login")),
  ...forPolicy("password.complexity", put("password.complexity")),
  ...forPolicy("password.age", put("password.age")),
  ...forPolicy("lockout", put("lockout")),
  ...forPolicy("domain", put("domain")),
  ...forPolicy("label", put("label")),
  ...forPolicy("privacy", put("privacy")),
  "instance.policy.security.set": put("security"),
};
