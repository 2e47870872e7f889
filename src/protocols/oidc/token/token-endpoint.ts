import type { Client } from "../../../modules/application/client.queries.ts";
import type { WebReply, WebRequest } from "../../../platform/http/web.ts";
import { readAuthorizationDetails } from "../authorization-details.ts";
import { isConfidential, urisOf } from "../client.ts";
import type { ClientRequestReader } from "../client-auth/client-request.ts";
import type { Enter } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import { allowOrigins, bodyOf, neverStore } from "../http.ts";
import { listOf, readParameters, refuseRepeated, required } from "../parameters.ts";
import type { TargetOf } from "../resources.ts";
import { type CallerDeps, callerKinds } from "./callers/authenticate-caller.ts";
import { recipientOf } from "./callers/caller.ts";
import { type ConfirmationDeps, confirmationOf } from "./confirmation.ts";
import { type BuiltGrantType, type GrantDeps, grantRegistry, isBuiltGrantType } from "./grants/registry.ts";
import type { TokenResponse } from "./token-response.ts";

export type TokenEndpointDeps = GrantDeps &
  CallerDeps &
  ConfirmationDeps & {
    readonly enter: Enter;
    readonly clientRequest: ClientRequestReader;
    readonly targetOf: TargetOf;
    readonly respond: TokenResponse;
  };

/** RFC 6749 §3.2: the phases that all grants share; the grant itself comes from the registry. */
export const tokenEndpoint =
  ({ enter, clientRequest, respond, ...deps }: TokenEndpointDeps) =>
  async (request: WebRequest, reply: WebReply): Promise<WebReply> => {
    const entered = await enter(request);
    const { ctx, instance } = entered;
    const parameters = readParameters(bodyOf(request));
    refuseRepeated(parameters);
    const grantType = required(parameters, "grant_type");
    if (!isBuiltGrantType(grantType)) throw new OAuthError("unsupported_grant_type");
    const sent = clientRequest(request, parameters);
    const { callers, make } = grantRegistry[grantType];
    const caller = await callerKinds[callers](deps)(entered, sent);
    if (caller.is === "client") {
      allowOrigins(request, reply, urisOf(caller.client));
      mustBeRegisteredFor(caller.client, grantType);
    }
    const client = caller.is === "client" ? caller.client : null;
    const confirmation = await confirmationOf(deps, entered, { web: request, request: sent, client, reply });
    const target = await deps.targetOf(instance, client, listOf(parameters, "resource"));
    const authorizationDetails = readAuthorizationDetails(parameters, client);
    const asked = { confirmation, target, authorizationDetails };
    const outcome = await make(deps)({ ctx, instance, caller, parameters, ...asked });
    return neverStore(reply).send(await respond(ctx, instance, recipientOf(caller), outcome));
  };

/** RFC 6749 §5.2 `unauthorized_client`: the client is registered for the grant type. */
const mustBeRegisteredFor = (client: Client, grantType: BuiltGrantType): void => {
  const registered: readonly string[] = [...(client.oidc?.grantTypes ?? []), ...client.settings.additionalGrantTypes];
  // RFC 6749 §4.4: only those who can keep a secret may ask for themselves.
  const isOpenTo = grantType !== "client_credentials" || isConfidential(client);
  if (registered.includes(grantType) && isOpenTo) return;
  throw new OAuthError("unauthorized_client", { description: "The client is not registered for this grant type" });
};
