import type { Client } from "../../../modules/application/client.queries.ts";
import type { WebReply, WebRequest } from "../../../platform/http/web.ts";
import { isOidcClient, type OidcClient, urisOf } from "../client.ts";
import type { AuthenticateClient } from "../client-auth/authenticate-client.ts";
import type { Enter } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import { allowOrigins, bodyOf, neverStore } from "../http.ts";
import { readParameters, refuseRepeated, required } from "../parameters.ts";
import { type BuiltGrantType, type GrantDeps, grantRegistry, isBuiltGrantType } from "./grants/registry.ts";
import type { TokenResponse } from "./token-response.ts";

export type TokenEndpointDeps = GrantDeps & {
  readonly enter: Enter;
  readonly authenticateClient: AuthenticateClient;
  readonly respond: TokenResponse;
};

/** RFC 6749 §3.2: the phases that all grants share; the grant itself comes from the registry. */
export const tokenEndpoint =
  ({ enter, authenticateClient, respond, ...grantDeps }: TokenEndpointDeps) =>
  async (request: WebRequest, reply: WebReply): Promise<WebReply> => {
    const { ctx, instance } = await enter(request);
    const parameters = readParameters(bodyOf(request));
    refuseRepeated(parameters);
    const grantType = required(parameters, "grant_type");
    if (!isBuiltGrantType(grantType)) throw new OAuthError("unsupported_grant_type");
    const authorization = request.headers.authorization ?? null;
    const client = await authenticateClient({ ctx, instance }, { authorization, parameters });
    allowOrigins(request, reply, urisOf(client));
    const granted = await grantRegistry[grantType](grantDeps)({
      ctx,
      instance,
      client: mayUse(client, grantType),
      parameters,
      confirmation: null,
    });
    return neverStore(reply).send(await respond(ctx, instance, client, granted));
  };

/** RFC 6749 §5.2 `unauthorized_client`: the client is registered for the grant type. */
const mayUse = (client: Client, grantType: BuiltGrantType): OidcClient => {
  if (isOidcClient(client) && client.oidc.grantTypes.includes(grantType)) return client;
  throw new OAuthError("unauthorized_client", { description: "The client is not registered for this grant type" });
};
