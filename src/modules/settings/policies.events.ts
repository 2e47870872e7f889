import { z } from "zod";
import type { Ctx } from "../../kernel/actor.ts";
import type { OrgId } from "../../kernel/ids.ts";

const flag = z.boolean();
const seconds = z.number().int().min(0).max(315_360_000);
const count = z.number().int().min(0).max(1_000_000);
/** Printable ASCII without quotes (RFC 3986 §2 has all others escaped). Short, so that all policies fit into one state. */
const link = z
  .string()
  .max(300)
  .regex(/^[!#-;=?-[\]-~]*$/, "is not a link");
const colour = z.string().regex(/^(#[0-9a-fA-F]{3,8})?$/, "must be a hex colour");

const theme = z.object({
  primaryColor: colour,
  backgroundColor: colour,
  warnColor: colour,
  fontColor: colour,
  logoUrl: link,
  iconUrl: link,
});

/** Who may sign in how, and for how long each proof counts. */
export const loginPolicy = z.object({
  allowUsernamePassword: flag,
  allowRegister: flag,
  allowExternalIdp: flag,
  forceMfa: flag,
  forceMfaLocalOnly: flag,
  passkeysType: z.enum(["not_allowed", "allowed"]),
  hidePasswordReset: flag,
  ignoreUnknownUsernames: flag,
  allowDomainDiscovery: flag,
  disableLoginWithEmail: flag,
  disableLoginWithPhone: flag,
  defaultRedirectUri: link,
  passwordCheckLifetimeSeconds: seconds,
  externalLoginCheckLifetimeSeconds: seconds,
  mfaInitSkipLifetimeSeconds: seconds,
  secondFactorCheckLifetimeSeconds: seconds,
  multiFactorCheckLifetimeSeconds: seconds,
  secondFactors: z.array(z.enum(["otp", "u2f", "otp_email", "otp_sms"])).max(8),
  multiFactors: z.array(z.enum(["u2f_with_verification"])).max(4),
});

/** What a password must contain. */
export const passwordComplexityPolicy = z.object({
  minLength: z.number().int().min(1).max(72),
  requiresUppercase: flag,
  requiresLowercase: flag,
  requiresNumber: flag,
  requiresSymbol: flag,
});

/** After how many days a password must be changed; 0: never. */
export const passwordAgePolicy = z.object({ maxAgeDays: count, expireWarnDays: count });

/** After how many wrong attempts a user is locked; 0: never. */
export const lockoutPolicy = z.object({ maxPasswordAttempts: count, maxOtpAttempts: count });

/** How domains and login names belong together. */
export const domainPolicy = z.object({
  userLoginMustBeDomain: flag,
  validateOrgDomains: flag,
  smtpSenderAddressMatchesInstanceDomain: flag,
});

/** What sign-in pages look like. */
export const labelPolicy = z.object({
  light: theme,
  dark: theme,
  fontUrl: link,
  hideLoginNameSuffix: flag,
  disableWatermark: flag,
  themeMode: z.enum(["auto", "light", "dark"]),
});

/** Of what people are told by mail. */
export const notificationPolicy = z.object({ passwordChange: flag });

/** Links to legal texts and to help. */
export const privacyPolicy = z.object({
  tosLink: link,
  privacyPolicyLink: link,
  helpLink: link,
  supportEmail: link,
  docsLink: link,
  customLink: link,
  customLinkText: z.string().max(100),
});

/** Embedding in frames and impersonation: of the instance only. */
export const securityPolicy = z.object({
  embeddedIframe: z.object({ enabled: flag, allowedOrigins: z.array(link).max(20) }),
  enableImpersonation: flag,
});

/** All policies under the name that stands in their event types. */
export const policySchemas = {
  login: loginPolicy,
  "password.complexity": passwordComplexityPolicy,
  "password.age": passwordAgePolicy,
  lockout: lockoutPolicy,
  domain: domainPolicy,
  label: labelPolicy,
  notification: notificationPolicy,
  privacy: privacyPolicy,
  security: securityPolicy,
} as const;

export type PolicyName = keyof typeof policySchemas;
export type Policy<Name extends PolicyName> = z.output<(typeof policySchemas)[Name]>;
export type Policies = { readonly [Name in PolicyName]: Policy<Name> };

/** The policies that hold for an org, or for the instance: the fact source of commands that learn the org on loading. */
export type PoliciesOf = (ctx: Ctx, orgId: OrgId | null) => Promise<Policies>;

export type PasswordComplexityPolicy = Policy<"password.complexity">;
export type LockoutPolicy = Policy<"lockout">;

const hour = 3_600;
const day = 24 * hour;

/** What a new instance starts with. */
export const defaultPolicies: Policies = {
  login: {
    allowUsernamePassword: true,
    allowRegister: false,
    allowExternalIdp: true,
    forceMfa: false,
    forceMfaLocalOnly: false,
    passkeysType: "allowed",
    hidePasswordReset: false,
    ignoreUnknownUsernames: false,
    allowDomainDiscovery: true,
    disableLoginWithEmail: false,
    disableLoginWithPhone: true,
    defaultRedirectUri: "",
    passwordCheckLifetimeSeconds: 10 * day,
    externalLoginCheckLifetimeSeconds: 10 * day,
    mfaInitSkipLifetimeSeconds: 30 * day,
    secondFactorCheckLifetimeSeconds: 18 * hour,
    multiFactorCheckLifetimeSeconds: 12 * hour,
    secondFactors: ["otp", "u2f", "otp_email", "otp_sms"],
    multiFactors: ["u2f_with_verification"],
  },
  "password.complexity": {
    minLength: 8,
    requiresUppercase: true,
    requiresLowercase: true,
    requiresNumber: true,
    requiresSymbol: true,
  },
  "password.age": { maxAgeDays: 0, expireWarnDays: 0 },
  lockout: { maxPasswordAttempts: 0, maxOtpAttempts: 0 },
  domain: {
    userLoginMustBeDomain: false,
    validateOrgDomains: false,
    smtpSenderAddressMatchesInstanceDomain: false,
  },
  label: {
    light: {
      primaryColor: "#14506a",
      backgroundColor: "#f3f1ec",
      warnColor: "#a3201b",
      fontColor: "#1b2329",
      logoUrl: "",
      iconUrl: "",
    },
    dark: {
      primaryColor: "#8fcbe0",
      backgroundColor: "#0f1519",
      warnColor: "#ffada5",
      fontColor: "#e9edef",
      logoUrl: "",
      iconUrl: "",
    },
    fontUrl: "",
    hideLoginNameSuffix: false,
    disableWatermark: false,
    themeMode: "auto",
  },
  notification: { passwordChange: true },
  privacy: {
    tosLink: "",
    privacyPolicyLink: "",
    helpLink: "",
    supportEmail: "",
    docsLink: "",
    customLink: "",
    customLinkText: "",
  },
  security: { embeddedIframe: { enabled: false, allowedOrigins: [] }, enableImpersonation: false },
};
