import type { RequestContext } from "@zitadel/proto/zitadel/object/v2/object_pb.js";
import { type Theme, ThemeMode } from "@zitadel/proto/zitadel/settings/v2/branding_settings_pb.js";
import {
  MultiFactorType,
  PasskeysType,
  SecondFactorType,
} from "@zitadel/proto/zitadel/settings/v2/login_settings_pb.js";
import { ResourceOwnerType } from "@zitadel/proto/zitadel/settings/v2/settings_pb.js";
import { SettingsService } from "@zitadel/proto/zitadel/settings/v2/settings_service_pb.js";
import type { Run } from "../../kernel/command.ts";
import { type OrgId, orgId } from "../../kernel/ids.ts";
import { parse } from "../../kernel/runner.ts";
import { detailsOf, detailsOfRow, listDetailsOf } from "../../platform/http/details.ts";
import { type Call, type RpcService, rpcService } from "../../platform/http/rpc.ts";
import type { Policy, PolicyName } from "./policies.events.ts";
import { setSecurityPolicy } from "./set-security-policy.ts";
import { assertMayReadPolicies, type SettingsReader } from "./settings.queries.ts";

type Deps = {
  readonly run: Run<unknown>;
  readonly settings: Pick<SettingsReader, "policy" | "general">;
  /** languages of the product's own pages */
  readonly supportedLanguages: readonly string[];
};

const passkeysTypes = { not_allowed: PasskeysType.NOT_ALLOWED, allowed: PasskeysType.ALLOWED } as const;
const secondFactors = {
  otp: SecondFactorType.OTP,
  u2f: SecondFactorType.U2F,
  otp_email: SecondFactorType.OTP_EMAIL,
  otp_sms: SecondFactorType.OTP_SMS,
} as const;
const multiFactors = { u2f_with_verification: MultiFactorType.U2F_WITH_VERIFICATION } as const;
const themeModes = { auto: ThemeMode.AUTO, light: ThemeMode.LIGHT, dark: ThemeMode.DARK } as const;

const duration = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 0 });

/** The org whose settings are asked for; `null`: the instance's. */
const orgOf = (context: RequestContext | undefined): OrgId | null =>
  context?.resourceOwner.case === "orgId" ? parse(orgId, context.resourceOwner.value) : null;

/** zitadel.settings.v2.SettingsService, the reads */
export const settingsService = ({ run, settings, supportedLanguages }: Deps): RpcService<typeof SettingsService> => {
  const read = async <Name extends PolicyName>(name: Name, context: RequestContext | undefined, call: Call) => {
    const found = await settings.policy(call.ctx, orgOf(context), name);
    return {
      value: found.value,
      details: detailsOfRow(found, call),
      resourceOwnerType: found.ownerOrg === null ? ResourceOwnerType.INSTANCE : ResourceOwnerType.ORG,
    };
  };

  return rpcService(SettingsService, {
    getGeneralSettings: async (_req, call) => {
      const general = await settings.general(call.ctx);
      return { ...general, supportedLanguages: [...supportedLanguages] };
    },
    getLoginSettings: async (req, call) => {
      const { value, details, resourceOwnerType } = await read("login", req.ctx, call);
      return {
        details,
        settings: {
          allowUsernamePassword: value.allowUsernamePassword,
          allowRegister: value.allowRegister,
          allowExternalIdp: value.allowExternalIdp,
          forceMfa: value.forceMfa,
          forceMfaLocalOnly: value.forceMfaLocalOnly,
          passkeysType: passkeysTypes[value.passkeysType],
          hidePasswordReset: value.hidePasswordReset,
          ignoreUnknownUsernames: value.ignoreUnknownUsernames,
          defaultRedirectUri: value.defaultRedirectUri,
          passwordCheckLifetime: duration(value.passwordCheckLifetimeSeconds),
          externalLoginCheckLifetime: duration(value.externalLoginCheckLifetimeSeconds),
          mfaInitSkipLifetime: duration(value.mfaInitSkipLifetimeSeconds),
          secondFactorCheckLifetime: duration(value.secondFactorCheckLifetimeSeconds),
          multiFactorCheckLifetime: duration(value.multiFactorCheckLifetimeSeconds),
          secondFactors: value.secondFactors.map((factor) => secondFactors[factor]),
          multiFactors: value.multiFactors.map((factor) => multiFactors[factor]),
          allowDomainDiscovery: value.allowDomainDiscovery,
          disableLoginWithEmail: value.disableLoginWithEmail,
          disableLoginWithPhone: value.disableLoginWithPhone,
          resourceOwnerType,
        },
      };
    },
    getPasswordComplexitySettings: async (req, call) => {
      const { value, details, resourceOwnerType } = await read("password.complexity", req.ctx, call);
      return { details, settings: { ...value, minLength: BigInt(value.minLength), resourceOwnerType } };
    },
    getPasswordExpirySettings: async (req, call) => {
      const { value, details, resourceOwnerType } = await read("password.age", req.ctx, call);
      const settings = { maxAgeDays: BigInt(value.maxAgeDays), expireWarnDays: BigInt(value.expireWarnDays) };
      return { details, settings: { ...settings, resourceOwnerType } };
    },
    getBrandingSettings: async (req, call) => {
      const { value, details, resourceOwnerType } = await read("label", req.ctx, call);
      return {
        details,
        settings: {
          lightTheme: themeOf(value.light),
          darkTheme: themeOf(value.dark),
          fontUrl: value.fontUrl,
          hideLoginNameSuffix: value.hideLoginNameSuffix,
          disableWatermark: value.disableWatermark,
          themeMode: themeModes[value.themeMode],
          resourceOwnerType,
        },
      };
    },
    getDomainSettings: async (req, call) => {
      const { value, details, resourceOwnerType } = await read("domain", req.ctx, call);
      return {
        details,
        settings: {
          loginNameIncludesDomain: value.userLoginMustBeDomain,
          requireOrgDomainVerification: value.validateOrgDomains,
          smtpSenderAddressMatchesInstanceDomain: value.smtpSenderAddressMatchesInstanceDomain,
          resourceOwnerType,
        },
      };
    },
    getLegalAndSupportSettings: async (req, call) => {
      const { value, details, resourceOwnerType } = await read("privacy", req.ctx, call);
      return { details, settings: { ...value, resourceOwnerType } };
    },
    getLockoutSettings: async (req, call) => {
      const { value, details, resourceOwnerType } = await read("lockout", req.ctx, call);
      return {
        details,
        settings: {
          maxPasswordAttempts: BigInt(value.maxPasswordAttempts),
          maxOtpAttempts: BigInt(value.maxOtpAttempts),
          resourceOwnerType,
        },
      };
    },
    getSecuritySettings: async (_req, call) => {
      const { value, details } = await read("security", undefined, call);
      return { details, settings: value };
    },
    setSecuritySettings: async (req, call) => {
      const done = await run(setSecurityPolicy, call.ctx, {
        embeddedIframe: {
          enabled: req.embeddedIframe?.enabled ?? false,
          allowedOrigins: req.embeddedIframe?.allowedOrigins ?? [],
        },
        enableImpersonation: req.enableImpersonation,
      });
      return { details: detailsOf(done, call) };
    },
    getActiveIdentityProviders: async (req, call) => {
      assertMayReadPolicies(call.ctx, orgOf(req.ctx));
      // No identity provider can be stored yet, so none is active.
      return { details: listDetailsOf(0, call), identityProviders: [] };
    },
  });
};

const themeOf = (theme: Policy<"label">["light"]): Omit<Theme, "$typeName" | "$unknown"> => ({ ...theme });
