import { z } from "zod";
import { type Claim, defineStream, type Loaded } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import { type ClientId, clientId, orgId, type ProjectId, projectId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { type StoredClientSettings, storedClientSettings } from "./client-settings.events.ts";

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
const newSecret = z.object({
  secretHash: z.string(),
  /** the secret itself under the instance's key, for clients that sign with it (`client_secret_jwt`) */
  sealedSecret: z.string().nullable().default(null),
});
const nothing = z.object({});

const applicationEvents = {
  "project.application.added": { payload: z.object({ projectId, orgId, name: z.string() }) },
  "project.application.changed": { payload: z.object({ name: z.string() }) },
  "project.application.config.oidc.added": { payload: oidcConfig.extend({ clientId, secretHash }) },
  "project.application.config.api.added": { payload: apiConfig.extend({ clientId, secretHash }) },
  /** the whole configuration as it is from now on */
  "project.application.config.oidc.changed": { payload: oidcConfig },
  "project.application.config.api.changed": { payload: apiConfig },
  /** all that is set of what ZITADEL's configuration has no field for, as it is from now on */
  "project.application.client_settings.changed": { payload: z.object({ settings: storedClientSettings }) },
  "project.application.config.oidc.secret.changed": { payload: newSecret },
  "project.application.config.api.secret.changed": { payload: newSecret },
  "project.application.deactivated": { payload: nothing },
  "project.application.reactivated": { payload: nothing },
  "project.application.removed": { payload: nothing },
} as const;

type Configured =
  | { readonly kind: "oidc"; readonly config: OidcConfig }
  | { readonly kind: "api"; readonly config: ApiConfig };

export type ApplicationState = {
  readonly status: "absent" | "active" | "inactive" | "removed";
  readonly projectId: ProjectId | null;
  readonly name: string;
  readonly clientId: ClientId | null;
  readonly configured: Configured | null;
  /** `clientSettings` reads it */
  readonly settings: StoredClientSettings;
};

const initial: ApplicationState = {
  status: "absent",
  projectId: null,
  name: "",
  clientId: null,
  configured: null,
  settings: {},
};

const nameClaim = (project: string | null, name: string): Claim => ({
  kind: "application_name",
  value: `${project}/${fold(name)}`,
});
const clientClaim = (client: string): Claim => ({ kind: "client_id", value: client });

const resourceClaim = (resource: string): Claim => ({ kind: "resource", value: resource });
/** RFC 8707: the resources that stored settings name, each once. */
export const resourcesOf = (settings: StoredClientSettings): readonly string[] => [
  ...new Set(z.array(z.string()).safeParse(settings["resources"]).data ?? []),
];

const configure = (
  state: ApplicationState,
  configured: Configured,
  client: ClientId | null = state.clientId,
): ApplicationState => ({ ...state, configured, clientId: client });

/** An application of a project: an OAuth client, or an API that only introspects. Its client id is never free again. */
export const application = defineStream<ApplicationState>()({
  kind: "application",
  revision: 3,
  events: applicationEvents,
  initial,
  claims: {
    "project.application.added": ({ payload }) => ({ take: [nameClaim(payload.projectId, payload.name)] }),
    "project.application.changed": ({ payload }, before) =>
      // The claim stays when only the case of the name changes.
      fold(payload.name) === fold(before.name)
        ? {}
        : {
            take: [nameClaim(before.projectId, payload.name)],
            release: [nameClaim(before.projectId, before.name)],
          },
    "project.application.config.oidc.added": ({ payload }) => ({ take: [clientClaim(payload.clientId)] }),
    "project.application.config.api.added": ({ payload }) => ({ take: [clientClaim(payload.clientId)] }),
    "project.application.client_settings.changed": ({ payload }, before) => {
      // An API is known by its resources; a client only says which it may ask tokens for.
      if (before.configured?.kind !== "api") return {};
      const [own, wanted] = [resourcesOf(before.settings), resourcesOf(payload.settings)];
      return {
        take: wanted.filter((one) => !own.includes(one)).map(resourceClaim),
        release: own.filter((one) => !wanted.includes(one)).map(resourceClaim),
      };
    },
    "project.application.removed": (_event, before) => ({
      release: [
        nameClaim(before.projectId, before.name),
        ...(before.configured?.kind === "api" ? resourcesOf(before.settings).map(resourceClaim) : []),
      ],
    }),
  },
  evolve: {
    "project.application.added": (_state, { payload }) => ({
      ...initial,
      status: "active",
      projectId: payload.projectId,
      name: payload.name,
    }),
    "project.application.changed": (state, { payload }) => ({ ...state, name: payload.name }),
    "project.application.config.oidc.added": (state, { payload: { clientId: client, secretHash: _hash, ...config } }) =>
      configure(state, { kind: "oidc", config }, client),
    "project.application.config.api.added": (state, { payload: { clientId: client, secretHash: _hash, ...config } }) =>
      configure(state, { kind: "api", config }, client),
    "project.application.config.oidc.changed": (state, { payload }) =>
      configure(state, { kind: "oidc", config: payload }),
    "project.application.config.api.changed": (state, { payload }) =>
      configure(state, { kind: "api", config: payload }),
    "project.application.client_settings.changed": (state, { payload }) => ({ ...state, settings: payload.settings }),
    "project.application.config.oidc.secret.changed": (state) => state,
    "project.application.config.api.secret.changed": (state) => state,
    "project.application.deactivated": (state) => ({ ...state, status: "inactive" }),
    "project.application.reactivated": (state) => ({ ...state, status: "active" }),
    "project.application.removed": () => ({ ...initial, status: "removed" }),
  },
});

/** Refuses with `application.not_found` unless the application lives, in the project where the caller says it is. */
export const assertLivingIn = ({ state }: Loaded<typeof application>, project: ProjectId): void => {
  const lives = state.status === "active" || state.status === "inactive";
  if (!lives || state.projectId !== project) throw new Refusal("application.not_found");
};

/** Refuses a configuration and settings that are together too large for the state of their application. */
export const checkConfigSize = (config: OidcConfig | ApiConfig, settings: StoredClientSettings = {}): void => {
  if (new TextEncoder().encode(JSON.stringify([config, settings])).length <= limits.applicationConfigBytes) return;
  throw new Refusal("request.invalid", { fields: [{ path: "config", problem: "is too large" }] });
};
