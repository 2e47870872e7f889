import type { Ctx } from "../../kernel/actor.ts";
import type { Run } from "../../kernel/command.ts";
import type { Client } from "../../modules/application/client.queries.ts";
import { revokeAccessToken } from "../../modules/grant/revoke-access-token.ts";
import { revokeGrant } from "../../modules/grant/revoke-grant.ts";
import type { TokenReader } from "../../modules/token/token.queries.ts";
import { matches, parseToken } from "../../platform/crypto/tokens.ts";
import type { WebReply, WebRequest } from "../../platform/http/web.ts";
import { urisOf } from "./client.ts";
import type { AuthenticateClient } from "./client-auth/authenticate-client.ts";
import type { ClientRequestReader } from "./client-auth/client-request.ts";
import type { Enter } from "./enter.ts";
import { OAuthError } from "./errors.ts";
import { allowOrigins, bodyOf, neverStore } from "./http.ts";
import type { OidcInstance } from "./instance.ts";
import { readParameters, refuseRepeated, required } from "./parameters.ts";
import type { FindBearer } from "./tokens/presented-token.ts";

export type RevokeDeps = {
  readonly enter: Enter;
  readonly authenticateClient: AuthenticateClient;
  readonly clientRequest: ClientRequestReader;
  readonly findBearer: FindBearer;
  readonly tokens: Pick<TokenReader, "find">;
  readonly run: Run<unknown>;
};

/**
 * RFC 7009 §2: a client gives back a token of its own. A refresh token takes its whole grant with it (§2.1); an access token
 * goes alone. A token that does not exist (any more) is as good as revoked (§2.2).
 */
export const revokeEndpoint =
  (deps: RevokeDeps) =>
  async (request: WebRequest, reply: WebReply): Promise<WebReply> => {
    const { ctx, instance } = await deps.enter(request);
    const parameters = readParameters(bodyOf(request));
    refuseRepeated(parameters);
    const client = await deps.authenticateClient({ ctx, instance }, deps.clientRequest(request, parameters));
    allowOrigins(request, reply, urisOf(client));
    await revoke(deps, ctx, instance, client, required(parameters, "token"));
    return neverStore(reply).code(200).send();
  };

const revoke = async (
  deps: RevokeDeps,
  ctx: Ctx,
  instance: OidcInstance,
  client: Client,
  presented: string,
): Promise<void> => {
  const parsed = parseToken(presented);
  if (parsed?.kind === "refresh") {
    const token = await deps.tokens.find(ctx.instanceId, "refresh", parsed.id, ctx.now);
    if (token === null || token.grantId === null || !matches(token.hash, parsed.secret)) return;
    mustBeOwn(token.clientId, client);
    await deps.run(revokeGrant, ctx, { grantId: token.grantId, reason: "client" });
    return;
  }
  const bearer = await deps.findBearer(instance, presented, ctx.now);
  if (bearer === null || bearer.kind !== "access" || bearer.grantId === null) return;
  mustBeOwn(bearer.client?.clientId ?? null, client);
  await deps.run(revokeAccessToken, ctx, { grantId: bearer.grantId, tokenId: bearer.id });
};

/** RFC 7009 §2.1: a token that was issued to another client is refused, and the client is told. */
const mustBeOwn = (owner: string | null, client: Client): void => {
  if (owner !== client.clientId) {
    throw new OAuthError("invalid_grant", { description: "The token was issued to another client" });
  }
};
