import type { GrantType, OidcConfig, ResponseType } from "./application.events.ts";

export type ComplianceProblem = { readonly key: string; readonly message: string };

/** OpenID Connect Dynamic Client Registration 1.0 §2: which grant each response type needs. */
const grantOf = {
  code: "authorization_code",
  id_token: "implicit",
  "id_token token": "implicit",
} as const satisfies Record<ResponseType, GrantType>;

/** What in a client's configuration does not go together, or goes against best practice (RFC 9700); told, not refused. */
export const complianceProblems = (config: OidcConfig): readonly ComplianceProblem[] => {
  const has = (grant: GrantType) => config.grantTypes.includes(grant);
  const rules: readonly (readonly [broken: boolean, key: string, message: string])[] = [
    [
      config.redirectUris.length === 0 && (has("authorization_code") || has("implicit")),
      "NoRedirectUris",
      "The application has no redirect URI",
    ],
    [
      config.responseTypes.some((type) => !has(grantOf[type])),
      "NotAllCombinationsAreAllowed",
      "A response type needs a grant type that is not allowed",
    ],
    [
      has("refresh_token") && !has("authorization_code") && !has("urn:ietf:params:oauth:grant-type:device_code"),
      "GrantType.Refresh.NoAuthCode",
      "The refresh token grant needs the authorization code grant",
    ],
    [
      config.appType === "native" && config.authMethod !== "none",
      "Native.AuthMethodType.NotNone",
      "A native application cannot keep a secret: its authentication method should be none (RFC 8252 §8.5)",
    ],
    [
      config.appType === "user_agent" && config.authMethod !== "none",
      "UserAgent.AuthMethodType.NotNone",
      "A user agent application cannot keep a secret: its authentication method should be none",
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, key, message]) => ({ key: `Application.OIDC.V1.${key}`, message }));
};
