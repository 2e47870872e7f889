import type { MessageInitShape } from "@bufbuild/protobuf";
import { APIAuthMethodType } from "@zitadel/proto/zitadel/app/v2beta/api_pb.js";
import { type ApplicationSchema, AppState } from "@zitadel/proto/zitadel/app/v2beta/app_pb.js";
import type {
  CreateAPIApplicationRequest,
  CreateOIDCApplicationRequest,
  UpdateAPIApplicationConfigurationRequest,
  UpdateOIDCApplicationConfigurationRequest,
} from "@zitadel/proto/zitadel/app/v2beta/app_service_pb.js";
import type { LoginVersion, LoginVersionSchema } from "@zitadel/proto/zitadel/app/v2beta/login_pb.js";
import {
  OIDCAppType,
  OIDCAuthMethodType,
  OIDCGrantType,
  OIDCResponseType,
  OIDCTokenType,
  OIDCVersion,
} from "@zitadel/proto/zitadel/app/v2beta/oidc_pb.js";
import type { z } from "zod";
import { toTimestamp } from "../../kernel/time.ts";
import type {
  AppType,
  accessTokenTypes,
  apiAuthMethods,
  GrantType,
  OidcConfig,
  oidcAuthMethods,
  ResponseType,
} from "./application.events.ts";
import type { ApplicationView } from "./application.queries.ts";
import { type ComplianceProblem, complianceProblems } from "./compliance.ts";
import type { createApplication } from "./create-application.ts";
import type { updateApplication } from "./update-application.ts";

type Config = z.input<typeof createApplication.input>["config"];
type Changes = NonNullable<z.input<typeof updateApplication.input>["config"]>;

const responseTypeOf = {
  code: OIDCResponseType.OIDC_RESPONSE_TYPE_CODE,
  id_token: OIDCResponseType.OIDC_RESPONSE_TYPE_ID_TOKEN,
  "id_token token": OIDCResponseType.OIDC_RESPONSE_TYPE_ID_TOKEN_TOKEN,
} as const satisfies Record<ResponseType, OIDCResponseType>;

const grantTypeOf = {
  authorization_code: OIDCGrantType.OIDC_GRANT_TYPE_AUTHORIZATION_CODE,
  implicit: OIDCGrantType.OIDC_GRANT_TYPE_IMPLICIT,
  refresh_token: OIDCGrantType.OIDC_GRANT_TYPE_REFRESH_TOKEN,
  "urn:ietf:params:oauth:grant-type:device_code": OIDCGrantType.OIDC_GRANT_TYPE_DEVICE_CODE,
  "urn:ietf:params:oauth:grant-type:token-exchange": OIDCGrantType.OIDC_GRANT_TYPE_TOKEN_EXCHANGE,
} as const satisfies Record<GrantType, OIDCGrantType>;

const appTypeOf = {
  web: OIDCAppType.OIDC_APP_TYPE_WEB,
  user_agent: OIDCAppType.OIDC_APP_TYPE_USER_AGENT,
  native: OIDCAppType.OIDC_APP_TYPE_NATIVE,
} as const satisfies Record<AppType, OIDCAppType>;

const authMethodOf = {
  basic: OIDCAuthMethodType.OIDC_AUTH_METHOD_TYPE_BASIC,
  post: OIDCAuthMethodType.OIDC_AUTH_METHOD_TYPE_POST,
  none: OIDCAuthMethodType.OIDC_AUTH_METHOD_TYPE_NONE,
  private_key_jwt: OIDCAuthMethodType.OIDC_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT,
} as const satisfies Record<(typeof oidcAuthMethods)[number], OIDCAuthMethodType>;

const apiAuthMethodOf = {
  basic: APIAuthMethodType.API_AUTH_METHOD_TYPE_BASIC,
  private_key_jwt: APIAuthMethodType.API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT,
} as const satisfies Record<(typeof apiAuthMethods)[number], APIAuthMethodType>;

const tokenTypeOf = {
  bearer: OIDCTokenType.OIDC_TOKEN_TYPE_BEARER,
  jwt: OIDCTokenType.OIDC_TOKEN_TYPE_JWT,
} as const satisfies Record<(typeof accessTokenTypes)[number], OIDCTokenType>;

/** The name that stands for an enum value; values of no name take the fallback. */
const nameOf = <Name extends string>(values: Record<Name, number>, value: number, fallback: Name): Name =>
  // The entries of a record have its own keys.
  (Object.entries(values) as [Name, number][]).find(([, one]) => one === value)?.[0] ?? fallback;

const loginVersionOf = (message: LoginVersion | undefined): OidcConfig["loginVersion"] => {
  switch (message?.version.case) {
    case "loginV1":
      return { version: "v1", baseUri: "" };
    case "loginV2":
      return { version: "v2", baseUri: message.version.value.baseUri ?? "" };
    default:
      return { version: "default", baseUri: "" };
  }
};

const responseTypesOf = (types: readonly OIDCResponseType[]): ResponseType[] =>
  types
    .filter((type) => type !== OIDCResponseType.OIDC_RESPONSE_TYPE_UNSPECIFIED)
    .map((type) => nameOf(responseTypeOf, type, "code"));

const grantTypesOf = (types: readonly OIDCGrantType[]): GrantType[] =>
  types.map((type) => nameOf(grantTypeOf, type, "authorization_code"));

const secondsOf = (skew: { readonly seconds: bigint; readonly nanos: number }): number =>
  Number(skew.seconds) + skew.nanos / 1e9;

/** The configuration of a new OIDC application. */
export const oidcConfigOf = (req: CreateOIDCApplicationRequest): Config => ({
  kind: "oidc",
  redirectUris: req.redirectUris,
  responseTypes: responseTypesOf(req.responseTypes),
  grantTypes: grantTypesOf(req.grantTypes),
  appType: nameOf(appTypeOf, req.appType, "web"),
  authMethod: nameOf(authMethodOf, req.authMethodType, "basic"),
  postLogoutRedirectUris: req.postLogoutRedirectUris,
  devMode: req.devMode,
  accessTokenType: nameOf(tokenTypeOf, req.accessTokenType, "bearer"),
  accessTokenRoleAssertion: req.accessTokenRoleAssertion,
  idTokenRoleAssertion: req.idTokenRoleAssertion,
  idTokenUserinfoAssertion: req.idTokenUserinfoAssertion,
  clockSkewSeconds: req.clockSkew ? secondsOf(req.clockSkew) : 0,
  additionalOrigins: req.additionalOrigins,
  skipNativeAppSuccessPage: req.skipNativeAppSuccessPage,
  backChannelLogoutUri: req.backChannelLogoutUri,
  loginVersion: loginVersionOf(req.loginVersion),
});

/** A list cannot say that it is not set: the empty one changes nothing. */
const unlessEmpty = <T>(values: readonly T[]): T[] | undefined => (values.length === 0 ? undefined : [...values]);

const unlessUnset = <In, Out>(value: In | undefined, of: (value: In) => Out): Out | undefined =>
  value === undefined ? undefined : of(value);

/** What changes in the configuration of an OIDC application. */
export const oidcChangesOf = (req: UpdateOIDCApplicationConfigurationRequest): Changes => ({
  kind: "oidc",
  redirectUris: unlessEmpty(req.redirectUris),
  responseTypes: unlessEmpty(responseTypesOf(req.responseTypes)),
  grantTypes: unlessEmpty(grantTypesOf(req.grantTypes)),
  appType: unlessUnset(req.appType, (type) => nameOf(appTypeOf, type, "web")),
  authMethod: unlessUnset(req.authMethodType, (method) => nameOf(authMethodOf, method, "basic")),
  postLogoutRedirectUris: unlessEmpty(req.postLogoutRedirectUris),
  devMode: req.devMode,
  accessTokenType: unlessUnset(req.accessTokenType, (type) => nameOf(tokenTypeOf, type, "bearer")),
  accessTokenRoleAssertion: req.accessTokenRoleAssertion,
  idTokenRoleAssertion: req.idTokenRoleAssertion,
  idTokenUserinfoAssertion: req.idTokenUserinfoAssertion,
  clockSkewSeconds: unlessUnset(req.clockSkew, secondsOf),
  additionalOrigins: unlessEmpty(req.additionalOrigins),
  skipNativeAppSuccessPage: req.skipNativeAppSuccessPage,
  backChannelLogoutUri: req.backChannelLogoutUri,
  loginVersion: unlessUnset(req.loginVersion, loginVersionOf),
});

/** The configuration of an API, new or changed. */
export const apiConfigOf = (
  req: CreateAPIApplicationRequest | UpdateAPIApplicationConfigurationRequest,
): Extract<Config, { kind: "api" }> => ({
  kind: "api",
  authMethod: nameOf(apiAuthMethodOf, req.authMethodType, "basic"),
});

export const problemMessages = (problems: readonly ComplianceProblem[]) =>
  problems.map(({ key, message }) => ({ key, localizedMessage: message }));

const originOf = (uri: string): readonly string[] => {
  try {
    const { origin } = new URL(uri);
    return origin === "null" ? [] : [origin];
  } catch {
    return [];
  }
};

const loginVersionMessage = ({
  version,
  baseUri,
}: OidcConfig["loginVersion"]): { loginVersion?: MessageInitShape<typeof LoginVersionSchema> } => {
  switch (version) {
    case "default":
      return {};
    case "v1":
      return { loginVersion: { version: { case: "loginV1", value: {} } } };
    case "v2":
      return { loginVersion: { version: { case: "loginV2", value: baseUri === "" ? {} : { baseUri } } } };
  }
};

/** An application as a message. */
export const messageOf = (app: ApplicationView): MessageInitShape<typeof ApplicationSchema> => {
  const common = {
    id: app.applicationId,
    creationDate: toTimestamp(app.createdAt),
    changeDate: toTimestamp(app.changedAt),
    state: app.state === "active" ? AppState.ACTIVE : AppState.INACTIVE,
    name: app.name,
  };
  if (app.kind === "api") {
    const value = { clientId: app.clientId, authMethodType: apiAuthMethodOf[app.config.authMethod] };
    return { ...common, config: { case: "apiConfig", value } };
  }
  const { config } = app;
  const problems = complianceProblems(config);
  return {
    ...common,
    config: {
      case: "oidcConfig",
      value: {
        redirectUris: config.redirectUris,
        responseTypes: config.responseTypes.map((type) => responseTypeOf[type]),
        grantTypes: config.grantTypes.map((type) => grantTypeOf[type]),
        appType: appTypeOf[config.appType],
        clientId: app.clientId,
        authMethodType: authMethodOf[config.authMethod],
        postLogoutRedirectUris: config.postLogoutRedirectUris,
        version: OIDCVersion.OIDC_VERSION_1_0,
        noneCompliant: problems.length > 0,
        complianceProblems: problemMessages(problems),
        devMode: config.devMode,
        accessTokenType: tokenTypeOf[config.accessTokenType],
        accessTokenRoleAssertion: config.accessTokenRoleAssertion,
        idTokenRoleAssertion: config.idTokenRoleAssertion,
        idTokenUserinfoAssertion: config.idTokenUserinfoAssertion,
        clockSkew: {
          seconds: BigInt(Math.floor(config.clockSkewSeconds)),
          nanos: Math.round((config.clockSkewSeconds % 1) * 1e9),
        },
        additionalOrigins: config.additionalOrigins,
        allowedOrigins: [...new Set([...config.redirectUris, ...config.additionalOrigins].flatMap(originOf))],
        skipNativeAppSuccessPage: config.skipNativeAppSuccessPage,
        backChannelLogoutUri: config.backChannelLogoutUri,
        ...loginVersionMessage(config.loginVersion),
      },
    },
  };
};
