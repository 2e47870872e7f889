import { z } from "zod";
import { type Claim, defineStream } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import { type ClientId, clientId, orgId, projectId } from "../../kernel/ids.ts";

export const responseTypes = ["code", "id_token", "id_token token"] as const;
export const grantTypes = [
  "authorization_code",
  "implicit",
  "refresh_token",
  "urn:ietf:params:oauth:grant-type:device_code",
  "urn:ietf:params:oauth:grant-type:token-exchange",
] as const;
export const appTypes = ["web", "user_agent", "native"] as const;
export const oidcAuthMethods = ["basic", "post", "none", "private_key_jwt"] as const;
export const apiAuthMethods = ["basic", "private_key_jwt"] as const;
export const accessTokenTypes = ["bearer", "jwt"] as const;

export type ResponseType = (typeof responseTypes)[number];
export type GrantType = (typeof grantTypes)[number];
export type AppType = (typeof appTypes)[number];

const uris = z.array(z.string());

/** Client metadata of an OIDC application (after OpenID Connect Dynamic Client Registration 1.0 §2). */
export const oidcConfig = z.object({
  redirectUris: uris,
  responseTypes: z.array(z.enum(responseTypes)),
  grantTypes: z.array(z.enum(grantTypes)),
  appType: z.enum(appTypes),
  authMethod: z.enum(oidcAuthMethods),
  postLogoutRedirectUris: uris,
  devMode: z.boolean(),
  accessTokenType: z.enum(accessTokenTypes),
  accessTokenRoleAssertion: z.boolean(),
  idTokenRoleAssertion: z.boolean(),
  idTokenUserinfoAssertion: z.boolean(),
  clockSkewSeconds: z.number().min(0).max(5),
  additionalOrigins: uris,
  skipNativeAppSuccessPage: z.boolean(),
  backChannelLogoutUri: z.string(),
  loginVersion: z.object({ version: z.enum(["default", "v1", "v2"]), baseUri: z.string() }),
});
export type OidcConfig = z.output<typeof oidcConfig>;

/** An API that introspects tokens. */
export const apiConfig = z.object({ authMethod: z.enum(apiAuthMethods) });
export type ApiConfig = z.output<typeof apiConfig>;

/** base64url SHA-256 of a 256-bit secret, or null for clients that have none */
const secretHash = z.string().nullable();

const applicationEvents = {
  "project.application.added": { payload: z.object({ projectId, orgId, name: z.string() }) },
  "project.application.config.oidc.added": { payload: oidcConfig.extend({ clientId, secretHash }) },
  "project.application.config.api.added": { payload: apiConfig.extend({ clientId, secretHash }) },
} as const;

export type ApplicationState = {
  readonly status: "absent" | "active";
  readonly kind: "oidc" | "api" | null;
  readonly clientId: ClientId | null;
};

const initial: ApplicationState = { status: "absent", kind: null, clientId: null };

const nameClaim = (project: string, name: string): Claim => ({
  kind: "application_name",
  value: `${project}/${fold(name)}`,
});
const clientClaim = (client: string): Claim => ({ kind: "client_id", value: client });

/** An application of a project: an OAuth client, or an API that only introspects. */
export const application = defineStream<ApplicationState>()({
  kind: "application",
  revision: 1,
  events: applicationEvents,
  initial,
  claims: {
    "project.application.added": ({ payload }) => ({ take: [nameClaim(payload.projectId, payload.name)] }),
    "project.application.config.oidc.added": ({ payload }) => ({ take: [clientClaim(payload.clientId)] }),
    "project.application.config.api.added": ({ payload }) => ({ take: [clientClaim(payload.clientId)] }),
  },
  evolve: {
    "project.application.added": (state) => ({ ...state, status: "active" }),
    "project.application.config.oidc.added": (state, { payload }) => ({
      ...state,
      kind: "oidc",
      clientId: payload.clientId,
    }),
    "project.application.config.api.added": (state, { payload }) => ({
      ...state,
      kind: "api",
      clientId: payload.clientId,
    }),
  },
});
