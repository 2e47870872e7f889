import type { Ctx } from "../../../kernel/actor.ts";
import type { Run } from "../../../kernel/command.ts";
import { type ClientId, clientId } from "../../../kernel/ids.ts";
import { Refusal } from "../../../kernel/refusal.ts";
import { epochSeconds } from "../../../kernel/time.ts";
import type { ClientReader } from "../../../modules/application/client.queries.ts";
import { clientSettings } from "../../../modules/application/client-settings.events.ts";
import { type RegisterClientSources, registerClient } from "../../../modules/application/register-client.ts";
import { removeRegisteredClient } from "../../../modules/application/remove-registered-client.ts";
import { updateRegisteredClient } from "../../../modules/application/update-registered-client.ts";
import type { RegistrationPolicy } from "../../../modules/client-registration/client-registration.events.ts";
import type { ClientRegistrationReader } from "../../../modules/client-registration/client-registration.queries.ts";
import type { StoredToken, TokenReader } from "../../../modules/token/token.queries.ts";
import type { Dialer } from "../../../platform/dial/dialer.ts";
import type { WebReply, WebRequest } from "../../../platform/http/web.ts";
import { isOidcClient, type OidcClient } from "../client.ts";
import type { ClientKeys } from "../client-keys.ts";
import { endpoints } from "../endpoints.ts";
import type { Enter } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import { allowAnyOrigin, neverStore } from "../http.ts";
import { type ClientMetadata, type ReadMetadata, readMetadata, writeMetadata } from "./client-metadata.ts";
import type { PerAddress } from "./per-address.ts";
import { checkSector } from "./sector-identifier.ts";
import { withStatement } from "./software-statement.ts";

export type RegistrationDeps = {
  readonly enter: Enter;
  readonly run: Run<RegisterClientSources>;
  readonly clients: ClientReader;
  readonly clientKeys: ClientKeys;
  readonly dialer: Pick<Dialer, "fetch">;
  readonly registration: Pick<ClientRegistrationReader, "policyOf" | "countClients">;
  readonly tokens: Pick<TokenReader, "verify">;
  readonly admitsAddress: PerAddress;
};

/** RFC 6750 §2.1: in the header, nowhere else. */
const bearerOf = ({ headers }: WebRequest): string | null =>
  /^bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? null;

const objectOf = ({ body }: WebRequest): ClientMetadata => {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  throw new OAuthError("invalid_client_metadata", { description: "The body must be a JSON object" });
};

/** What the commands refuse, in the errors of RFC 7591 §3.2.2. */
const asRegistrationError = (error: unknown): unknown => {
  if (!(error instanceof Refusal)) return error;
  const said = (error.details.fields ?? []).map(({ path, problem }) => `${path.replace(/^settings\./, "")} ${problem}`);
  const description = said.length === 0 ? error.message : said.join("; ").slice(0, 500);
  switch (error.code) {
    case "request.invalid":
      return new OAuthError("invalid_client_metadata", { description });
    case "application.redirect_uri_invalid":
      return new OAuthError("invalid_redirect_uri", { description });
    case "registration.off":
    case "project.not_found":
    case "project.inactive":
      return new OAuthError("access_denied", { description: "Clients cannot register here" });
    case "auth.token_invalid":
      return new OAuthError("invalid_token");
    default:
      return error;
  }
};

const read = async (
  deps: RegistrationDeps,
  ctx: Ctx,
  sent: ClientMetadata,
  policy: RegistrationPolicy,
): Promise<ReadMetadata> => {
  const { clientKeys, dialer } = deps;
  const metadata = readMetadata(await withStatement(sent, policy, { clientKeys, now: ctx.now }), policy);
  await checkSector(dialer, metadata);
  return metadata;
};

/** The settings of what was read; wrong ones are refused by name. */
const inputOf = ({ config, settings }: ReadMetadata) => {
  const parsed = clientSettings.safeParse(settings);
  if (parsed.success) return { config, settings: parsed.data };
  const [issue] = parsed.error.issues;
  throw new OAuthError("invalid_client_metadata", { description: `${issue?.path.join(".")}: ${issue?.message}` });
};

/** The client registration endpoint (RFC 7591 §3, OpenID Connect Dynamic Client Registration 1.0 §3). */
export const registerEndpoint =
  (deps: RegistrationDeps) =>
  async (request: WebRequest, reply: WebReply): Promise<WebReply> => {
    const { ctx, instance } = await deps.enter(request);
    allowAnyOrigin(reply);
    const policy = await deps.registration.policyOf(instance.instanceId);
    const { projectId } = policy;
    if (policy.registration === "off" || projectId === null) {
      return neverStore(reply)
        .code(404)
        .send({ error: "access_denied", error_description: "Clients cannot register here" });
    }
    const presented = bearerOf(request);
    const initial =
      presented === null ? null : await deps.tokens.verify(instance.instanceId, presented, ["initial_access"], ctx.now);
    if (initial === null && (presented !== null || policy.registration === "token"))
      throw new OAuthError("invalid_token");
    // Holders of a token were counted when it was given to them.
    if (initial === null && !deps.admitsAddress(ctx.client?.ip ?? "", policy.perAddressPerHour, ctx.now)) {
      throw new Refusal("request.overloaded");
    }
    if ((await deps.registration.countClients(instance.instanceId, projectId)) >= policy.maxClients) {
      throw new OAuthError("access_denied", { description: "There are too many clients already" });
    }
    const sent = objectOf(request);
    const input = inputOf(await read(deps, ctx, sent, policy));
    const by = { way: "registration", initialTokenId: initial?.id ?? null } as const;
    const { result } = await deps.run(registerClient, ctx, { ...input, projectId, by }).catch((error: unknown) => {
      throw asRegistrationError(error);
    });
    const client = await clientOf(deps, instance.instanceId, clientId.parse(result.clientId));
    return neverStore(reply)
      .code(201)
      .send({
        ...answerOf(client, policy, instance.issuer, sent),
        client_id_issued_at: epochSeconds(ctx.now),
        ...secretOf(client, result.clientSecret),
        registration_access_token: result.token,
      });
  };

/** The client configuration endpoint (RFC 7592 §2): a client reads, changes and removes itself. */
export const clientConfigurationEndpoint =
  (deps: RegistrationDeps) =>
  async (request: WebRequest, reply: WebReply): Promise<WebReply> => {
    const { ctx, instance } = await deps.enter(request);
    allowAnyOrigin(reply);
    const { client, token, presented } = await itself(deps, ctx, request);
    const policy = await deps.registration.policyOf(instance.instanceId);
    // What has been switched off is off for those who came before, too.
    if (policy.registration === "off")
      throw new OAuthError("access_denied", { description: "Clients cannot register here" });
    const { applicationId } = client;
    switch (request.method) {
      case "GET": {
        const registered = answerOf(client, policy, instance.issuer, {});
        return neverStore(reply).send({
          ...registered,
          ...secretOf(client, null),
          registration_access_token: presented,
        });
      }
      case "DELETE":
        await deps.run(removeRegisteredClient, ctx, { applicationId, tokenId: token.id });
        return neverStore(reply).code(204).send();
      default: {
        const sent = objectOf(request);
        mustNameItself(client, sent);
        const input = inputOf(await read(deps, ctx, sent, policy));
        const { result } = await deps
          .run(updateRegisteredClient, ctx, { ...input, applicationId })
          .catch((error: unknown) => {
            throw asRegistrationError(error);
          });
        const changed = await clientOf(deps, instance.instanceId, client.clientId);
        return neverStore(reply).send({
          ...answerOf(changed, policy, instance.issuer, sent),
          ...secretOf(changed, result.clientSecret),
          registration_access_token: presented,
        });
      }
    }
  };

/** RFC 7592 §2: the token must be that of the very client; everything else is unauthorized, also what does not exist. */
const itself = async (
  deps: RegistrationDeps,
  ctx: Ctx,
  request: WebRequest,
): Promise<{ readonly client: OidcClient; readonly token: StoredToken; readonly presented: string }> => {
  const presented = bearerOf(request);
  const token =
    presented === null ? null : await deps.tokens.verify(ctx.instanceId, presented, ["registration"], ctx.now);
  if (presented === null || token?.clientId == null) throw new OAuthError("invalid_token");
  const path = request.url.split("?", 1)[0] ?? "";
  if (path !== configurationPath(token.clientId)) throw new OAuthError("invalid_token");
  return { client: await clientOf(deps, ctx.instanceId, token.clientId), token, presented };
};

const configurationPath = (id: string): string => `${endpoints.register}/${encodeURIComponent(id)}`;

const clientOf = async (deps: RegistrationDeps, instanceId: Ctx["instanceId"], id: ClientId): Promise<OidcClient> => {
  const client = await deps.clients.find(instanceId, id);
  if (client === null || !client.isActive || !isOidcClient(client) || client.settings.registeredBy !== "registration") {
    throw new OAuthError("invalid_token");
  }
  return client;
};

/** RFC 7592 §2.2: an update says whose it is, with the secret of now where it names one, and nothing that only we may say. */
const mustNameItself = (client: OidcClient, sent: ClientMetadata): void => {
  const ours = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
  ];
  if (ours.some((member) => member in sent)) {
    throw new OAuthError("invalid_client_metadata", { description: `${ours.join(", ")} cannot be set` });
  }
  if (sent["client_id"] !== client.clientId) {
    throw new OAuthError("invalid_client_metadata", { description: "client_id is missing or another client's" });
  }
};

const answerOf = (client: OidcClient, policy: RegistrationPolicy, issuer: string, sent: ClientMetadata) => ({
  ...writeMetadata({ config: client.oidc, settings: client.settings }, policy),
  ...(typeof sent["software_statement"] === "string" ? { software_statement: sent["software_statement"] } : {}),
  client_id: client.clientId,
  registration_client_uri: issuer + configurationPath(client.clientId),
});

/** RFC 7591 §3.2.1: `client_secret_expires_at` stands with a secret; 0: it does not end. */
const secretOf = ({ oidc, settings }: OidcClient, told: string | null) => ({
  ...(told === null ? {} : { client_secret: told }),
  ...(oidc.authMethod === "basic" || oidc.authMethod === "post"
    ? { client_secret_expires_at: settings.clientSecretExpiresAt ?? 0 }
    : {}),
});
