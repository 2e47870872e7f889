import type { Duration } from "@bufbuild/protobuf/wkt";
import { MultiFactorType, PasswordlessType, SecondFactorType, ThemeMode } from "@zitadel/proto/zitadel/policy_pb.js";
import { Refusal } from "../../kernel/refusal.ts";
import type { Policies } from "./policies.events.ts";

const secondFactors = {
  otp: SecondFactorType.OTP,
  u2f: SecondFactorType.U2F,
  otp_email: SecondFactorType.OTP_EMAIL,
  otp_sms: SecondFactorType.OTP_SMS,
} as const;
const multiFactors = { u2f_with_verification: MultiFactorType.U2F_WITH_VERIFICATION } as const;
const themeModes = { auto: ThemeMode.AUTO, light: ThemeMode.LIGHT, dark: ThemeMode.DARK } as const;

export type SecondFactor = Policies["login"]["secondFactors"][number];
export type MultiFactor = Policies["login"]["multiFactors"][number];

const nameOf = <Name extends string>(values: Readonly<Record<Name, number>>, value: number, path: string): Name => {
  // Object.keys is typed as string[]; these are its own keys.
  const name = (Object.keys(values) as Name[]).find((one) => values[one] === value);
  if (name === undefined) throw new Refusal("request.invalid", { fields: [{ path, problem: "is not known" }] });
  return name;
};

export const secondFactorOf = (value: number): SecondFactor => nameOf(secondFactors, value, "type");
export const multiFactorOf = (value: number): MultiFactor => nameOf(multiFactors, value, "type");
export const secondFactorTypes = (names: readonly SecondFactor[]) => names.map((name) => secondFactors[name]);
export const multiFactorTypes = (names: readonly MultiFactor[]) => names.map((name) => multiFactors[name]);

const duration = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 0 });
const secondsOf = (value: Duration | undefined): number | undefined =>
  value === undefined ? undefined : Number(value.seconds);

type LoginRequest = {
  readonly allowUsernamePassword: boolean;
  readonly allowRegister: boolean;
  readonly allowExternalIdp: boolean;
  readonly forceMfa: boolean;
  readonly forceMfaLocalOnly: boolean;
  readonly passwordlessType: PasswordlessType;
  readonly hidePasswordReset: boolean;
  readonly ignoreUnknownUsernames: boolean;
  readonly defaultRedirectUri: string;
  readonly passwordCheckLifetime?: Duration;
  readonly externalLoginCheckLifetime?: Duration;
  readonly mfaInitSkipLifetime?: Duration;
  readonly secondFactorCheckLifetime?: Duration;
  readonly multiFactorCheckLifetime?: Duration;
  readonly allowDomainDiscovery: boolean;
  readonly disableLoginWithEmail: boolean;
  readonly disableLoginWithPhone: boolean;
  readonly secondFactors?: readonly number[];
  readonly multiFactors?: readonly number[];
};

type LabelRequest = {
  readonly primaryColor: string;
  readonly hideLoginNameSuffix: boolean;
  readonly warnColor: string;
  readonly backgroundColor: string;
  readonly fontColor: string;
  readonly primaryColorDark: string;
  readonly backgroundColorDark: string;
  readonly warnColorDark: string;
  readonly fontColorDark: string;
  readonly disableWatermark: boolean;
  readonly themeMode: ThemeMode;
};

/** A policy between the contract's messages and what is stored: the one place for each. */
export const policyMessages = {
  login: {
    message: (value: Policies["login"]) => ({
      allowUsernamePassword: value.allowUsernamePassword,
      allowRegister: value.allowRegister,
      allowExternalIdp: value.allowExternalIdp,
      forceMfa: value.forceMfa,
      forceMfaLocalOnly: value.forceMfaLocalOnly,
      passwordlessType: value.passkeysType === "allowed" ? PasswordlessType.ALLOWED : PasswordlessType.NOT_ALLOWED,
      hidePasswordReset: value.hidePasswordReset,
      ignoreUnknownUsernames: value.ignoreUnknownUsernames,
      defaultRedirectUri: value.defaultRedirectUri,
      passwordCheckLifetime: duration(value.passwordCheckLifetimeSeconds),
      externalLoginCheckLifetime: duration(value.externalLoginCheckLifetimeSeconds),
      mfaInitSkipLifetime: duration(value.mfaInitSkipLifetimeSeconds),
      secondFactorCheckLifetime: duration(value.secondFactorCheckLifetimeSeconds),
      multiFactorCheckLifetime: duration(value.multiFactorCheckLifetimeSeconds),
      secondFactors: secondFactorTypes(value.secondFactors),
      multiFactors: multiFactorTypes(value.multiFactors),
      allowDomainDiscovery: value.allowDomainDiscovery,
      disableLoginWithEmail: value.disableLoginWithEmail,
      disableLoginWithPhone: value.disableLoginWithPhone,
    }),
    /** Lifetimes that are not sent stay as they hold. */
    value: (request: LoginRequest) => ({
      allowUsernamePassword: request.allowUsernamePassword,
      allowRegister: request.allowRegister,
      allowExternalIdp: request.allowExternalIdp,
      forceMfa: request.forceMfa,
      forceMfaLocalOnly: request.forceMfaLocalOnly,
      passkeysType: request.passwordlessType === PasswordlessType.ALLOWED ? "allowed" : "not_allowed",
      hidePasswordReset: request.hidePasswordReset,
      ignoreUnknownUsernames: request.ignoreUnknownUsernames,
      defaultRedirectUri: request.defaultRedirectUri,
      allowDomainDiscovery: request.allowDomainDiscovery,
      disableLoginWithEmail: request.disableLoginWithEmail,
      disableLoginWithPhone: request.disableLoginWithPhone,
      ...given({
        passwordCheckLifetimeSeconds: secondsOf(request.passwordCheckLifetime),
        externalLoginCheckLifetimeSeconds: secondsOf(request.externalLoginCheckLifetime),
        mfaInitSkipLifetimeSeconds: secondsOf(request.mfaInitSkipLifetime),
        secondFactorCheckLifetimeSeconds: secondsOf(request.secondFactorCheckLifetime),
        multiFactorCheckLifetimeSeconds: secondsOf(request.multiFactorCheckLifetime),
        secondFactors: request.secondFactors?.map(secondFactorOf),
        multiFactors: request.multiFactors?.map(multiFactorOf),
      }),
    }),
  },
  "password.complexity": {
    message: (value: Policies["password.complexity"]) => ({
      minLength: BigInt(value.minLength),
      hasUppercase: value.requiresUppercase,
      hasLowercase: value.requiresLowercase,
      hasNumber: value.requiresNumber,
      hasSymbol: value.requiresSymbol,
    }),
    value: (request: {
      readonly minLength: bigint | number;
      readonly hasUppercase: boolean;
      readonly hasLowercase: boolean;
      readonly hasNumber: boolean;
      readonly hasSymbol: boolean;
    }) => ({
      minLength: Number(request.minLength),
      requiresUppercase: request.hasUppercase,
      requiresLowercase: request.hasLowercase,
      requiresNumber: request.hasNumber,
      requiresSymbol: request.hasSymbol,
    }),
  },
  "password.age": {
    message: (value: Policies["password.age"]) => ({
      maxAgeDays: BigInt(value.maxAgeDays),
      expireWarnDays: BigInt(value.expireWarnDays),
    }),
    value: (request: { readonly maxAgeDays: bigint | number; readonly expireWarnDays: bigint | number }) => ({
      maxAgeDays: Number(request.maxAgeDays),
      expireWarnDays: Number(request.expireWarnDays),
    }),
  },
  lockout: {
    message: (value: Policies["lockout"]) => ({
      maxPasswordAttempts: BigInt(value.maxPasswordAttempts),
      maxOtpAttempts: BigInt(value.maxOtpAttempts),
    }),
    value: (request: { readonly maxPasswordAttempts: bigint | number; readonly maxOtpAttempts: bigint | number }) => ({
      maxPasswordAttempts: Number(request.maxPasswordAttempts),
      maxOtpAttempts: Number(request.maxOtpAttempts),
    }),
  },
  domain: {
    message: (value: Policies["domain"]) => ({ ...value }),
    value: (request: Policies["domain"]) => ({
      userLoginMustBeDomain: request.userLoginMustBeDomain,
      validateOrgDomains: request.validateOrgDomains,
      smtpSenderAddressMatchesInstanceDomain: request.smtpSenderAddressMatchesInstanceDomain,
    }),
  },
  label: {
    message: ({ light, dark, ...value }: Policies["label"]) => ({
      primaryColor: light.primaryColor,
      warnColor: light.warnColor,
      backgroundColor: light.backgroundColor,
      fontColor: light.fontColor,
      logoUrl: light.logoUrl,
      iconUrl: light.iconUrl,
      primaryColorDark: dark.primaryColor,
      warnColorDark: dark.warnColor,
      backgroundColorDark: dark.backgroundColor,
      fontColorDark: dark.fontColor,
      logoUrlDark: dark.logoUrl,
      iconUrlDark: dark.iconUrl,
      fontUrl: value.fontUrl,
      hideLoginNameSuffix: value.hideLoginNameSuffix,
      disableWatermark: value.disableWatermark,
      themeMode: themeModes[value.themeMode],
    }),
    /** Logos, icons and the font come by another way: they stay. */
    value: (request: LabelRequest, { light, dark }: Policies["label"]) => ({
      light: {
        ...light,
        primaryColor: request.primaryColor,
        warnColor: request.warnColor,
        backgroundColor: request.backgroundColor,
        fontColor: request.fontColor,
      },
      dark: {
        ...dark,
        primaryColor: request.primaryColorDark,
        warnColor: request.warnColorDark,
        backgroundColor: request.backgroundColorDark,
        fontColor: request.fontColorDark,
      },
      hideLoginNameSuffix: request.hideLoginNameSuffix,
      disableWatermark: request.disableWatermark,
      themeMode:
        request.themeMode === ThemeMode.UNSPECIFIED ? "auto" : nameOf(themeModes, request.themeMode, "theme_mode"),
    }),
  },
  notification: {
    message: (value: Policies["notification"]) => ({ ...value }),
    value: (request: Policies["notification"]) => ({ passwordChange: request.passwordChange }),
  },
  privacy: {
    message: ({ privacyPolicyLink, ...value }: Policies["privacy"]) => ({ ...value, privacyLink: privacyPolicyLink }),
    value: (request: Omit<Policies["privacy"], "privacyPolicyLink"> & { readonly privacyLink: string }) => ({
      tosLink: request.tosLink,
      privacyPolicyLink: request.privacyLink,
      helpLink: request.helpLink,
      supportEmail: request.supportEmail,
      docsLink: request.docsLink,
      customLink: request.customLink,
      customLinkText: request.customLinkText,
    }),
  },
} as const;

const given = (values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
