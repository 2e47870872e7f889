import type { FastifyReply, FastifyRequest } from "fastify";
import { clientId } from "../../kernel/ids.ts";
import type { ClientReader } from "../../modules/application/client.queries.ts";
import { responseUrl } from "./authorize/response-url.ts";
import { isOidcClient } from "./client.ts";
import type { Enter } from "./enter.ts";
import { OAuthError } from "./errors.ts";
import { neverStore, queryOf } from "./http.ts";
import { readParameters, refuseRepeated } from "./parameters.ts";

export type InitiateLoginDeps = { readonly enter: Enter; readonly clients: Pick<ClientReader, "find"> };

/**
 * OpenID Connect Core 1.0 §4: a link to an application that starts its sign-in, for portals and mails. The browser goes to
 * the registered `initiate_login_uri` with our issuer and the hints, and nowhere else.
 */
export const initiateLoginEndpoint =
  ({ enter, clients }: InitiateLoginDeps) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { ctx, instance } = await enter(request);
    const parameters = readParameters(queryOf(request));
    refuseRepeated(parameters);
    const id = clientId.safeParse(parameters.values.get("client_id"));
    const client = id.success ? await clients.find(ctx.instanceId, id.data) : null;
    const uri = client?.isActive && isOidcClient(client) ? client.settings.initiateLoginUri : null;
    if (uri === null) {
      throw new OAuthError("invalid_client", {
        description: "The parameter client_id names no application whose sign-in can be started from here",
        page: "clientUnknown",
      });
    }
    const hints = ["login_hint", "target_link_uri"].flatMap((name) => {
      const value = parameters.values.get(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const location = responseUrl(uri, "query", [["iss", instance.issuer], ...hints]);
    return neverStore(reply).header("referrer-policy", "no-referrer").redirect(location, 303);
  };
