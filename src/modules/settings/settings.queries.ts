import { type Ctx, needs, readable } from "../../kernel/actor.ts";
import type { InstanceId, OrgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise } from "../../kernel/runner.ts";
import { type Instant, instant } from "../../kernel/time.ts";
import { onceByText } from "../../platform/db/once-by-text.ts";
import { prepareKept } from "../../platform/db/prepare.ts";
import type { Db } from "../../schema.ts";
import { defaultPolicies, type Policies, type PoliciesOf, type PolicyName, policySchemas } from "./policies.events.ts";
import { labelDraft } from "./settings.events.ts";

/** A policy as it holds, and who set it. */
export type EffectivePolicy<Name extends PolicyName> = {
  readonly value: Policies[Name];
  /** the org that overrides it, `null`: the instance's */
  readonly ownerOrg: OrgId | null;
  readonly sequence: number;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

export type SettingsReader = ReturnType<typeof settingsReader>;

const readPolicy = (name: PolicyName, text: string): Policies[PolicyName] => {
  // Written from a payload that this schema parsed; a field that is newer than the row takes the product's default.
  const value = policySchemas[name].safeParse({ ...defaultPolicies[name], ...JSON.parse(text) });
  return value.success ? value.data : defaultPolicies[name];
};

const readers = new Map(
  // Object.keys gives strings; these are the keys of the literal table.
  (Object.keys(policySchemas) as PolicyName[]).map((name) => [name, onceByText((text) => readPolicy(name, text))]),
);

const policyValue = <Name extends PolicyName>(name: Name, text: string): Policies[Name] =>
  // The reader of a name reads by its schema.
  (readers.get(name)?.(text) ?? defaultPolicies[name]) as Policies[Name];

/** Policies of an org with the instance's behind them, by one statement. */
export const settingsReader = ({ db }: { readonly db: Db }) => {
  const rows = (instanceId: InstanceId, orgId: OrgId | null) =>
    db
      .selectFrom("settings")
      .select(["owner_id", "policy", "value", "sequence", "created_at", "changed_at"])
      .where("instance_id", "=", instanceId)
      .where("owner_id", "in", orgId === null ? [""] : ["", orgId]);

  const allRows = prepareKept(db, 1_000, ({ instanceId, ownerId }: { instanceId: InstanceId; ownerId: string }) =>
    db
      .selectFrom("settings")
      .select(["policy", "value"])
      .where("instance_id", "=", instanceId)
      .where("owner_id", "in", ["", ownerId])
      .orderBy("owner_id"),
  );

  const policiesOf: PoliciesOf = async (ctx, orgId) => {
    const found = await allRows({ instanceId: ctx.instanceId, ownerId: orgId ?? "" });
    // The org's rows come after the instance's, whose owner is "".
    const texts = new Map(found.map((row) => [row.policy, row.value]));
    const policy = <Name extends PolicyName>(name: Name): Policies[Name] => {
      const text = texts.get(name);
      return text === undefined ? defaultPolicies[name] : policyValue(name, text);
    };
    return {
      login: policy("login"),
      "password.complexity": policy("password.complexity"),
      "password.age": policy("password.age"),
      lockout: policy("lockout"),
      domain: policy("domain"),
      label: policy("label"),
      notification: policy("notification"),
      privacy: policy("privacy"),
      security: policy("security"),
    };
  };

  return {
    /** All policies that hold for an org or for the instance; asks nothing of the caller. */
    policiesOf,
    /** One policy for a caller who may read policies there (of an org: on it; of the instance: anywhere). */
    policy: async <Name extends PolicyName>(
      ctx: Ctx,
      orgId: OrgId | null,
      name: Name,
    ): Promise<EffectivePolicy<Name>> => {
      if (name === "security") authorise(ctx, needs("iam.policy.read"));
      else assertMayReadPolicies(ctx, orgId);
      const row = await rows(ctx.instanceId, orgId)
        .where("policy", "=", name)
        .orderBy("owner_id", "desc")
        .executeTakeFirst();
      return {
        value: row ? policyValue(name, row.value) : defaultPolicies[name],
        ownerOrg: row && row.owner_id !== "" ? orgId : null,
        sequence: row?.sequence ?? 0,
        createdAt: row?.created_at ?? instant(0),
        changedAt: row?.changed_at ?? instant(0),
      };
    },
    /** The look that is prepared, or the one that is shown when none is; for whoever may read policies there. */
    draftedLabel: async (ctx: Ctx, orgId: OrgId | null): Promise<EffectivePolicy<"label">> => {
      assertMayReadPolicies(ctx, orgId);
      // Of the same owner the draft sorts after what is shown.
      const row = await rows(ctx.instanceId, orgId)
        .where("policy", "in", ["label", labelDraft])
        .orderBy("owner_id", "desc")
        .orderBy("policy", "desc")
        .executeTakeFirst();
      return {
        value: row ? policyValue("label", row.value) : defaultPolicies.label,
        ownerOrg: row && row.owner_id !== "" ? orgId : null,
        sequence: row?.sequence ?? 0,
        createdAt: row?.created_at ?? instant(0),
        changedAt: row?.changed_at ?? instant(0),
      };
    },
    /** What every sign-in page needs to know of the instance. */
    general: async (ctx: Ctx): Promise<{ readonly defaultOrgId: string; readonly defaultLanguage: string }> => {
      assertMayReadPolicies(ctx, null);
      const row = await db
        .selectFrom("instances")
        .select(["default_org_id", "default_language"])
        .where("instance_id", "=", ctx.instanceId)
        .executeTakeFirst();
      if (!row) throw new Refusal("instance.not_found");
      return { defaultOrgId: row.default_org_id ?? "", defaultLanguage: row.default_language };
    },
  };
};

/** Refuses a caller who may not read policies: those of an org need the permission on it, the instance's anywhere. */
export const assertMayReadPolicies = (ctx: Ctx, orgId: OrgId | null): void => {
  const allowed = readable(ctx.actor, "policy.read");
  if (orgId === null && !allowed.all && allowed.orgIds.length + allowed.projectIds.length > 0) return;
  authorise(ctx, needs("policy.read", { orgId }));
};
