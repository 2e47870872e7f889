import type { AdminService } from "@zitadel/proto/zitadel/admin_pb.js";
import type { ManagementService } from "@zitadel/proto/zitadel/management_pb.js";
import { needs } from "../../kernel/actor.ts";
import type { Done, Run } from "../../kernel/command.ts";
import { type OrgId, orgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise, parse } from "../../kernel/runner.ts";
import { detailsOf, detailsOfRow } from "../../platform/http/details.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import type { Policies } from "./policies.events.ts";
import {
  multiFactorOf,
  multiFactorTypes,
  policyMessages,
  secondFactorOf,
  secondFactorTypes,
} from "./policy-message.rpc.ts";
import { activateLabel, resetPolicy, setPolicy } from "./set-policy.ts";
import { setSecurityPolicy } from "./set-security-policy.ts";
import type { OrgPolicyName } from "./settings.events.ts";
import type { SettingsReader } from "./settings.queries.ts";

export type PolicyMethodsDeps = {
  readonly run: Run<object>;
  readonly settings: Pick<SettingsReader, "policy" | "draftedLabel">;
};

type Level = (call: Call) => OrgId | null;
const ofInstance: Level = () => null;

/** The org that management calls speak of: the header's, else the caller's own. */
const ofCaller = ({ ctx, orgHeader }: Call): OrgId => {
  const org = orgHeader ?? (ctx.actor.kind === "user" ? ctx.actor.orgId : null);
  if (org === null) throw new Refusal("auth.missing");
  return org;
};

const details = (done: Done<unknown>, call: Call) => ({ details: detailsOf(done, call) });

/** What both services do with policies, on the instance or on the caller's org. */
const policyActions = ({ run, settings }: PolicyMethodsDeps, mayRead: (call: Call) => void) => {
  const read =
    <Name extends OrgPolicyName, Message>(name: Name, level: Level, message: (value: Policies[Name]) => Message) =>
    async (_request: unknown, call: Call) => {
      mayRead(call);
      const found = await settings.policy(call.ctx, level(call), name);
      const isDefault = found.ownerOrg === null;
      return { policy: { ...message(found.value), details: detailsOfRow(found, call), isDefault }, isDefault };
    };
  const write =
    <Request>(name: OrgPolicyName, level: Level, value: (request: Request) => object, only?: "add" | "change") =>
    async (request: Request, call: Call) => {
      const input = { orgId: level(call), policy: name, value: { ...value(request) }, ...(only ? { only } : {}) };
      return details(await run(setPolicy, call.ctx, input), call);
    };
  const reset = (name: OrgPolicyName) => async (_request: unknown, call: Call) =>
    details(await run(resetPolicy, call.ctx, { orgId: ofCaller(call), policy: name }), call);

  const preview = (level: Level) => async (_request: unknown, call: Call) => {
    mayRead(call);
    const found = await settings.draftedLabel(call.ctx, level(call));
    const isDefault = found.ownerOrg === null;
    const message = policyMessages.label.message(found.value);
    return { policy: { ...message, details: detailsOfRow(found, call), isDefault }, isDefault };
  };
  const writeLabel =
    (level: Level, only?: "add" | "change") =>
    async (request: Parameters<typeof policyMessages.label.value>[0], call: Call) => {
      const { value } = await settings.draftedLabel(call.ctx, level(call));
      return write(
        "label",
        level,
        (asked: typeof request) => policyMessages.label.value(asked, value),
        only,
      )(request, call);
    };
  const activate = (level: Level) => async (_request: unknown, call: Call) =>
    details(await run(activateLabel, call.ctx, { orgId: level(call) }), call);
  /** Takes one picture, or the font, out of the draft. */
  const withoutAsset =
    (level: Level, take: (label: Policies["label"]) => Partial<Policies["label"]>) =>
    async (_request: unknown, call: Call) => {
      const { value } = await settings.draftedLabel(call.ctx, level(call));
      return write("label", level, () => take(value))({}, call);
    };
  const withoutPicture = (level: Level, theme: "light" | "dark", picture: "logoUrl" | "iconUrl") =>
    withoutAsset(level, (label) => ({ [theme]: { ...label[theme], [picture]: "" } }));

  const factors =
    <Factor extends string>(
      level: Level,
      name: "secondFactors" | "multiFactors",
      change: (factors: readonly string[], factor: Factor) => readonly string[],
      factorOf: (value: number) => Factor,
    ) =>
    async ({ type }: { readonly type: number }, call: Call) => {
      const org = level(call);
      const { value } = await settings.policy(call.ctx, org, "login");
      const now = change(value[name], factorOf(type));
      const only = org === null ? {} : ({ only: "change" } as const);
      return details(
        await run(setPolicy, call.ctx, { orgId: org, policy: "login", value: { [name]: now }, ...only }),
        call,
      );
    };
  const added = (all: readonly string[], one: string) => [...new Set([...all, one])];
  const removed = (all: readonly string[], one: string) => all.filter((other) => other !== one);
  const listed = <Item>(result: readonly Item[]) => ({
    details: { totalResult: BigInt(result.length) },
    result: [...result],
  });
  const loginOf = async (level: Level, call: Call): Promise<Policies["login"]> => {
    mayRead(call);
    return (await settings.policy(call.ctx, level(call), "login")).value;
  };
  const factorMethods = (level: Level) => ({
    listLoginPolicySecondFactors: async (_request: unknown, call: Call) =>
      listed(secondFactorTypes((await loginOf(level, call)).secondFactors)),
    addSecondFactorToLoginPolicy: factors(level, "secondFactors", added, secondFactorOf),
    removeSecondFactorFromLoginPolicy: factors(level, "secondFactors", removed, secondFactorOf),
    listLoginPolicyMultiFactors: async (_request: unknown, call: Call) =>
      listed(multiFactorTypes((await loginOf(level, call)).multiFactors)),
    addMultiFactorToLoginPolicy: factors(level, "multiFactors", added, multiFactorOf),
    removeMultiFactorFromLoginPolicy: factors(level, "multiFactors", removed, multiFactorOf),
  });
  return { read, write, reset, preview, writeLabel, activate, withoutAsset, withoutPicture, factorMethods };
};

const { login, privacy, lockout, domain, label, notification } = policyMessages;
const complexity = policyMessages["password.complexity"];
const age = policyMessages["password.age"];

/** Methods of zitadel.admin.v1.AdminService on the policies of the instance, and on the domain policy of any org. */
export const instancePolicyMethods = (deps: PolicyMethodsDeps) => {
  const { read, write, preview, writeLabel, activate, withoutAsset, withoutPicture, factorMethods } = policyActions(
    deps,
    ({ ctx }) => authorise(ctx, needs("iam.policy.read")),
  );
  const { run, settings } = deps;
  const at = ofInstance;
  /** Only instance administrators say how the domains of an org bind its users. */
  const domainOf =
    (only: "add" | "change") => async (request: Policies["domain"] & { readonly orgId: string }, call: Call) =>
      write("domain", () => parse(orgId, request.orgId), domain.value, only)(request, call);
  return {
    getLoginPolicy: read("login", at, login.message),
    updateLoginPolicy: write("login", at, login.value),
    ...factorMethods(at),
    getPasswordComplexityPolicy: read("password.complexity", at, complexity.message),
    updatePasswordComplexityPolicy: write("password.complexity", at, complexity.value),
    getPasswordAgePolicy: read("password.age", at, age.message),
    updatePasswordAgePolicy: write("password.age", at, age.value),
    getLockoutPolicy: read("lockout", at, lockout.message),
    updateLockoutPolicy: write("lockout", at, lockout.value),
    getPrivacyPolicy: read("privacy", at, privacy.message),
    updatePrivacyPolicy: write("privacy", at, privacy.value),
    addNotificationPolicy: write("notification", at, notification.value),
    getNotificationPolicy: read("notification", at, notification.message),
    updateNotificationPolicy: write("notification", at, notification.value),
    getDomainPolicy: read("domain", at, domain.message),
    updateDomainPolicy: write("domain", at, domain.value),
    getCustomDomainPolicy: async (request, call) =>
      read("domain", () => parse(orgId, request.orgId), domain.message)(request, call),
    addCustomDomainPolicy: domainOf("add"),
    updateCustomDomainPolicy: domainOf("change"),
    resetCustomDomainPolicyToDefault: async (request, call) =>
      details(await run(resetPolicy, call.ctx, { orgId: request.orgId, policy: "domain" }), call),
    getLabelPolicy: read("label", at, label.message),
    getPreviewLabelPolicy: preview(at),
    updateLabelPolicy: writeLabel(at),
    activateLabelPolicy: activate(at),
    removeLabelPolicyLogo: withoutPicture(at, "light", "logoUrl"),
    removeLabelPolicyLogoDark: withoutPicture(at, "dark", "logoUrl"),
    removeLabelPolicyIcon: withoutPicture(at, "light", "iconUrl"),
    removeLabelPolicyIconDark: withoutPicture(at, "dark", "iconUrl"),
    removeLabelPolicyFont: withoutAsset(at, () => ({ fontUrl: "" })),
    getSecurityPolicy: async (_request, call) => {
      const found = await settings.policy(call.ctx, null, "security");
      const { embeddedIframe, enableImpersonation } = found.value;
      return {
        policy: {
          details: detailsOfRow(found, call),
          enableIframeEmbedding: embeddedIframe.enabled,
          allowedOrigins: embeddedIframe.allowedOrigins,
          enableImpersonation,
        },
      };
    },
    setSecurityPolicy: async ({ enableIframeEmbedding, allowedOrigins, enableImpersonation }, call) => {
      const embeddedIframe = { enabled: enableIframeEmbedding, allowedOrigins };
      return details(await run(setSecurityPolicy, call.ctx, { embeddedIframe, enableImpersonation }), call);
    },
  } satisfies RpcMethods<typeof AdminService>;
};

/** Methods of zitadel.management.v1.ManagementService on the policies of the caller's org, and on the defaults. */
export const orgPolicyMethods = (deps: PolicyMethodsDeps) => {
  const { read, write, reset, preview, writeLabel, activate, withoutAsset, withoutPicture, factorMethods } =
    policyActions(deps, () => undefined);
  const at = ofCaller;
  return {
    getLoginPolicy: read("login", at, login.message),
    getDefaultLoginPolicy: read("login", ofInstance, login.message),
    addCustomLoginPolicy: write("login", at, login.value, "add"),
    updateCustomLoginPolicy: write("login", at, login.value, "change"),
    resetLoginPolicyToDefault: reset("login"),
    ...factorMethods(at),
    getPasswordComplexityPolicy: read("password.complexity", at, complexity.message),
    getDefaultPasswordComplexityPolicy: read("password.complexity", ofInstance, complexity.message),
    addCustomPasswordComplexityPolicy: write("password.complexity", at, complexity.value, "add"),
    updateCustomPasswordComplexityPolicy: write("password.complexity", at, complexity.value, "change"),
    resetPasswordComplexityPolicyToDefault: reset("password.complexity"),
    getPasswordAgePolicy: read("password.age", at, age.message),
    getDefaultPasswordAgePolicy: read("password.age", ofInstance, age.message),
    addCustomPasswordAgePolicy: write("password.age", at, age.value, "add"),
    updateCustomPasswordAgePolicy: write("password.age", at, age.value, "change"),
    resetPasswordAgePolicyToDefault: reset("password.age"),
    getLockoutPolicy: read("lockout", at, lockout.message),
    getDefaultLockoutPolicy: read("lockout", ofInstance, lockout.message),
    addCustomLockoutPolicy: write("lockout", at, lockout.value, "add"),
    updateCustomLockoutPolicy: write("lockout", at, lockout.value, "change"),
    resetLockoutPolicyToDefault: reset("lockout"),
    getPrivacyPolicy: read("privacy", at, privacy.message),
    getDefaultPrivacyPolicy: read("privacy", ofInstance, privacy.message),
    addCustomPrivacyPolicy: write("privacy", at, privacy.value, "add"),
    updateCustomPrivacyPolicy: write("privacy", at, privacy.value, "change"),
    resetPrivacyPolicyToDefault: reset("privacy"),
    getNotificationPolicy: read("notification", at, notification.message),
    getDefaultNotificationPolicy: read("notification", ofInstance, notification.message),
    addCustomNotificationPolicy: write("notification", at, notification.value, "add"),
    updateCustomNotificationPolicy: write("notification", at, notification.value, "change"),
    resetNotificationPolicyToDefault: reset("notification"),
    getDomainPolicy: read("domain", at, domain.message),
    getLabelPolicy: read("label", at, label.message),
    getPreviewLabelPolicy: preview(at),
    getDefaultLabelPolicy: read("label", ofInstance, label.message),
    addCustomLabelPolicy: writeLabel(at, "add"),
    updateCustomLabelPolicy: writeLabel(at, "change"),
    activateCustomLabelPolicy: activate(at),
    removeCustomLabelPolicyLogo: withoutPicture(at, "light", "logoUrl"),
    removeCustomLabelPolicyLogoDark: withoutPicture(at, "dark", "logoUrl"),
    removeCustomLabelPolicyIcon: withoutPicture(at, "light", "iconUrl"),
    removeCustomLabelPolicyIconDark: withoutPicture(at, "dark", "iconUrl"),
    removeCustomLabelPolicyFont: withoutAsset(at, () => ({ fontUrl: "" })),
    resetLabelPolicyToDefault: reset("label"),
  } satisfies RpcMethods<typeof ManagementService>;
};
