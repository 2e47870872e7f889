import type { Run } from "../../../kernel/command.ts";
import { type StartDecoupledSources, startDecoupled } from "../../../modules/auth-request/start-decoupled.ts";
import type { WebReply, WebRequest } from "../../../platform/http/web.ts";
import { urisOf } from "../client.ts";
import type { AuthenticateClient } from "../client-auth/authenticate-client.ts";
import type { ClientRequestReader } from "../client-auth/client-request.ts";
import { endpoints } from "../endpoints.ts";
import type { Enter } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import { allowOrigins, bodyOf, neverStore } from "../http.ts";
import { readParameters, refuseRepeated, spaceDelimited } from "../parameters.ts";
import { answerSeconds, pollSeconds } from "./pace.ts";
import { type ResolveDeps, resolveScope } from "./resolve.ts";

export type DeviceAuthorizationDeps = ResolveDeps & {
  readonly enter: Enter;
  readonly authenticateClient: AuthenticateClient;
  readonly clientRequest: ClientRequestReader;
  readonly run: Run<StartDecoupledSources>;
};

/** RFC 8628 §3.1, §3.2: a device without a browser gets a code for itself and one for its user to type in elsewhere. */
export const deviceAuthorizationEndpoint =
  ({ enter, authenticateClient, clientRequest, run, ...deps }: DeviceAuthorizationDeps) =>
  async (request: WebRequest, reply: WebReply): Promise<WebReply> => {
    const entered = await enter(request);
    const { ctx, instance } = entered;
    const parameters = readParameters(bodyOf(request));
    refuseRepeated(parameters);
    const client = await authenticateClient(entered, clientRequest(request, parameters));
    allowOrigins(request, reply, urisOf(client));
    if (client.oidc?.grantTypes.includes("urn:ietf:params:oauth:grant-type:device_code") !== true) {
      throw new OAuthError("unauthorized_client", {
        description: "The client is not registered for the device authorization grant",
      });
    }
    const { scope, audience, orgId } = await resolveScope(deps, entered, client, parameters);
    const { result } = await run(startDecoupled, ctx, {
      flow: "device",
      clientId: client.clientId,
      scope: [...scope],
      audience: [...audience],
      acrValues: [...spaceDelimited(parameters.values.get("acr_values"))],
      orgId,
      userId: null,
      bindingMessage: null,
      intervalSeconds: pollSeconds,
      lifeSeconds: answerSeconds,
      ping: null,
    });
    const uri = instance.issuer + endpoints.device;
    return neverStore(reply).send({
      device_code: result.code,
      user_code: result.userCode,
      verification_uri: uri,
      verification_uri_complete: `${uri}?${new URLSearchParams({ user_code: result.userCode ?? "" })}`,
      expires_in: answerSeconds,
      interval: pollSeconds,
    });
  };
