import type { Run } from "../../../kernel/command.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import { type StartDecoupledSources, startDecoupled } from "../../../modules/auth-request/start-decoupled.ts";
import type { WebReply, WebRequest } from "../../../platform/http/web.ts";
import { isConfidential } from "../client.ts";
import type { AuthenticateClient } from "../client-auth/authenticate-client.ts";
import type { ClientRequestReader } from "../client-auth/client-request.ts";
import type { Enter } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import { bodyOf, neverStore } from "../http.ts";
import { type Parameters, readParameters, refuseRepeated, required, spaceDelimited } from "../parameters.ts";
import { type NamedUserDeps, namedUser } from "./named-user.ts";
import { answerSeconds, pollSeconds } from "./pace.ts";
import { type ResolveDeps, resolveScope } from "./resolve.ts";
import { type SignedRequestDeps, signedParameters } from "./signed-request.ts";

export type BackchannelAuthenticationDeps = ResolveDeps &
  NamedUserDeps &
  SignedRequestDeps & {
    readonly enter: Enter;
    readonly authenticateClient: AuthenticateClient;
    readonly clientRequest: ClientRequestReader;
    readonly run: Run<StartDecoupledSources>;
  };

/** CIBA Core 1.0 §7.1: it is read aloud, compared and shown on small screens. */
const bindingMessage = /^[\p{L}\p{N}\p{P}\p{S} ]{1,100}$/u;

/** CIBA Core 1.0 §7.1.2 */
const notificationToken = /^[A-Za-z0-9\-._~+/]{1,1024}=*$/;
const requestedExpiryMax = 600;

/** CIBA Core 1.0 §7: an application asks for a user to be authenticated on a device of the user's own. */
export const backchannelAuthenticationEndpoint =
  ({ enter, authenticateClient, clientRequest, run, ...deps }: BackchannelAuthenticationDeps) =>
  async (request: WebRequest, reply: WebReply): Promise<WebReply> => {
    const entered = await enter(request);
    const { ctx, instance } = entered;
    const sent = readParameters(bodyOf(request), { valueChars: 16_384 });
    refuseRepeated(sent);
    const client = await authenticateClient(entered, clientRequest(request, sent));
    mustBeRegistered(client);
    const parameters = await signedParameters(deps, instance, client, sent, ctx.now);
    const { scope, audience, orgId } = await resolveScope(deps, entered, client, parameters);
    // §7.1: it is an OpenID Connect request.
    if (!scope.includes("openid")) throw new OAuthError("invalid_scope", { description: "The scope needs openid" });
    const message = parameters.values.get("binding_message") ?? null;
    if (message !== null && !bindingMessage.test(message)) throw new OAuthError("invalid_binding_message");
    const lifeSeconds = expiryOf(parameters);
    const ping = pingOf(client, parameters);
    const userId = await namedUser(deps, entered, client, parameters);
    const { result } = await run(startDecoupled, ctx, {
      flow: "ciba",
      clientId: client.clientId,
      scope: [...scope],
      audience: [...audience],
      acrValues: [...spaceDelimited(parameters.values.get("acr_values"))],
      orgId,
      userId,
      bindingMessage: message,
      intervalSeconds: pollSeconds,
      lifeSeconds,
      ping,
    });
    return neverStore(reply).send({ auth_req_id: result.code, expires_in: lifeSeconds, interval: pollSeconds });
  };

/** §4, §7.1: registered for the grant and its delivery mode, and able to prove who it is. */
const mustBeRegistered = ({ settings, ...client }: Client): void => {
  const isRegistered =
    settings.additionalGrantTypes.includes("urn:openid:params:grant-type:ciba") &&
    settings.backchannelTokenDeliveryMode !== null;
  if (isRegistered && isConfidential({ settings, ...client })) return;
  throw new OAuthError("unauthorized_client", { description: "The client is not registered for CIBA" });
};

/** §7.1: how long the client wants the request to be valid. */
const expiryOf = ({ values }: Parameters): number => {
  const asked = values.get("requested_expiry");
  if (asked === undefined) return answerSeconds;
  const seconds = /^[1-9]\d{0,5}$/.test(asked) ? Number(asked) : null;
  if (seconds === null) {
    throw new OAuthError("invalid_request", { description: "requested_expiry is not a positive number of seconds" });
  }
  return Math.min(seconds, requestedExpiryMax);
};

/** §7.1, §10.2: where and with which credential a client of ping mode is told. */
const pingOf = ({ settings }: Client, parameters: Parameters) => {
  const endpoint = settings.backchannelClientNotificationEndpoint;
  if (settings.backchannelTokenDeliveryMode !== "ping") return null;
  if (endpoint === null) {
    throw new OAuthError("unauthorized_client", { description: "The client has no notification endpoint" });
  }
  const token = required(parameters, "client_notification_token");
  if (!notificationToken.test(token)) {
    throw new OAuthError("invalid_request", {
      description: "client_notification_token is too long or not a bearer token",
    });
  }
  return { endpoint, token };
};
