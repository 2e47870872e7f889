import type { Recorded } from "../../kernel/event.ts";
import { canonicalJson, type Json } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import type { PolicyName } from "./policies.events.ts";
import {
  forPolicy,
  forRemoved,
  instanceSettings,
  labelDraft,
  type OrgPolicyName,
  type settings,
} from "./settings.events.ts";

const ownerOf = (e: Recorded): string => (e.id === instanceSettings ? "" : e.id);

const put = (policy: PolicyName | typeof labelDraft) => (e: Recorded, db: Db) => {
  // A payload was parsed by the policy's schema, which holds JSON only.
  const value = canonicalJson(e.payload as Json);
  return [
    db
      .insertInto("settings")
      .values({
        instance_id: e.instanceId,
        owner_id: ownerOf(e),
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

const drop = (policy: string) => (e: Recorded, db: Db) =>
  db
    .deleteFrom("settings")
    .where("instance_id", "=", e.instanceId)
    .where("owner_id", "=", ownerOf(e))
    .where("policy", "=", policy);

const remove = (name: OrgPolicyName) => (e: Recorded, db: Db) =>
  name === "label" ? [drop("label")(e, db), drop(labelDraft)(e, db)] : [drop(name)(e, db)];

/** The draft takes the place of what was shown. */
const activateLabel = (e: Recorded, db: Db) => [
  drop("label")(e, db),
  db
    .updateTable("settings")
    .set({ policy: "label", sequence: e.version, changed_at: e.at })
    .where("instance_id", "=", e.instanceId)
    .where("owner_id", "=", ownerOf(e))
    .where("policy", "=", labelDraft),
];

/** Policies as they are read: one row per owner and policy. */
export const settingsProjection: Projection<Database, typeof settings> = {
  ...forPolicy("login", put("login")),
  ...forPolicy("password.complexity", put("password.complexity")),
  ...forPolicy("password.age", put("password.age")),
  ...forPolicy("lockout", put("lockout")),
  ...forPolicy("domain", put("domain")),
  ...forPolicy("label", put(labelDraft)),
  "instance.policy.label.activated": activateLabel,
  "org.policy.label.activated": activateLabel,
  ...forPolicy("notification", put("notification")),
  ...forRemoved(remove),
  ...forPolicy("privacy", put("privacy")),
  "instance.policy.security.set": put("security"),
};
