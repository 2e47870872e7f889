import { epochSeconds } from "../../kernel/time.ts";
import type { Client } from "../../modules/application/client.queries.ts";
import type { Bearer } from "../../modules/grant/grant.queries.ts";
import type { WebReply, WebRequest } from "../../platform/http/web.ts";
import { type ClaimSources, gatherClaims } from "./claims/claim-sources.ts";
import { isConfidential, urisOf } from "./client.ts";
import type { AuthenticateClient } from "./client-auth/authenticate-client.ts";
import type { ClientRequestReader } from "./client-auth/client-request.ts";
import type { Enter, Entered } from "./enter.ts";
import { OAuthError } from "./errors.ts";
import { allowOrigins, bodyOf, neverStore } from "./http.ts";
import { readParameters, refuseRepeated, required } from "./parameters.ts";
import { rulesOf } from "./security-profile.ts";
import { tokenTypeOf } from "./tokens/access-token.ts";
import { actClaim } from "./tokens/act.ts";
import type { Claims } from "./tokens/claims.ts";
import type { ClientJwt } from "./tokens/client-jwt.ts";
import { type FindBearer, scopeOf } from "./tokens/presented-token.ts";
import { subjectFor } from "./tokens/subject.ts";

export type IntrospectDeps = {
  readonly enter: Enter;
  readonly authenticateClient: AuthenticateClient;
  readonly clientRequest: ClientRequestReader;
  readonly findBearer: FindBearer;
  readonly sources: ClaimSources;
  readonly clientJwt: ClientJwt;
};

/**
 * RFC 7662 §2: what an access token is, for the APIs that it is meant for. For everybody else, and for tokens that do not
 * work any more, it is not active, and nothing more is said (§2.2, §4).
 */
export const introspectEndpoint =
  ({ enter, authenticateClient, clientRequest, findBearer, sources, clientJwt }: IntrospectDeps) =>
  async (request: WebRequest, reply: WebReply): Promise<WebReply> => {
    const entered = await enter(request);
    const { ctx, instance } = entered;
    const parameters = readParameters(bodyOf(request));
    refuseRepeated(parameters);
    const client = await authenticateClient({ ctx, instance }, clientRequest(request, parameters));
    // RFC 7662 §2.1: without proof of who asks, tokens could be scanned for.
    if (!isConfidential(client))
      throw new OAuthError("invalid_client", { detail: "public clients may not introspect" });
    allowOrigins(request, reply, urisOf(client));
    const answer = answerIn({ clientJwt, entered, client }, request, reply);
    const bearer = await findBearer(instance, required(parameters, "token"), ctx.now);
    if (bearer === null || bearer.dead !== null || !isMeantFor(bearer, client)) {
      return answer({ active: false });
    }
    const scope = scopeOf(bearer);
    const { subject, audience } = bearer;
    // The API learns the roles in its own project. A personal access token has no scope that could ask for them.
    const project = { id: client.projectId, roleAssertion: client.roleAssertion || bearer.kind === "pat" };
    const about = subject && { ctx, subject, scope, audience, project };
    const claims =
      subject === null || about === null
        ? { sub: bearer.client?.clientId }
        : {
            // What the client's access tokens hold, whatever their form.
            ...(await sources.map(
              bearer.client?.settings ?? null,
              "access_token",
              async () => ({
                ...about,
                project: bearer.client && { id: bearer.client.projectId, roleAssertion: true },
              }),
              await gatherClaims([...sources.user, ...sources.roles], about),
            )),
            // By the name that the client of the token knows the user by.
            sub: subjectFor(instance, bearer.client, subject.userId),
          };
    return answer({
      ...claims,
      active: true,
      iss: instance.issuer,
      aud: bearer.audience,
      scope: scope.join(" "),
      client_id: bearer.client?.clientId,
      username: subject?.loginName,
      token_type: tokenTypeOf(bearer.confirmation),
      // RFC 8705 §3.2, RFC 9449 §6.2: the API has to check that the presenter holds it.
      cnf: bearer.confirmation ?? undefined,
      // RFC 8693 §4.1
      act: actClaim(instance, bearer.client, bearer.terms?.actor ?? null),
      authorization_details: bearer.authorizationDetails.length === 0 ? undefined : bearer.authorizationDetails,
      jti: bearer.id,
      iat: epochSeconds(bearer.createdAt),
      nbf: epochSeconds(bearer.createdAt),
      exp: bearer.expiresAt === null ? undefined : epochSeconds(bearer.expiresAt),
      auth_time: bearer.authentication === null ? undefined : epochSeconds(bearer.authentication.authTime),
      acr: bearer.terms?.acr ?? undefined,
      amr: bearer.authentication?.amr,
    });
  };

const jwtType = "application/token-introspection+jwt";

/** RFC 9701 §4, §5: as a JWT for callers that ask for one, and for those whose registration says so. */
const answerIn =
  (
    { clientJwt, entered: { ctx, instance }, client }: { clientJwt: ClientJwt; entered: Entered; client: Client },
    request: WebRequest,
    reply: WebReply,
  ) =>
  async (said: Claims): Promise<WebReply> => {
    const { introspectionSignedResponseAlg, introspectionEncryptedResponseAlg } = client.settings;
    const isRegistered =
      rulesOf(client).signedIntrospection ||
      (introspectionSignedResponseAlg ?? introspectionEncryptedResponseAlg) !== null;
    neverStore(reply).header("vary", "Origin, Accept");
    if (!isRegistered && !(request.headers.accept ?? "").includes(jwtType)) return reply.send(said);
    const { write } = await clientJwt(ctx.instanceId, client, "introspection");
    // RFC 9701 §5: no `sub` and no `exp`, so that nobody takes it for an access token or an ID token.
    const jwt = await write({
      iss: instance.issuer,
      aud: client.clientId,
      iat: epochSeconds(ctx.now),
      token_introspection: said,
    });
    return reply.header("content-type", jwtType).send(jwt);
  };

/** The caller or its project is in the token's audience. Personal access tokens name no audience: they are for all APIs. */
const isMeantFor = ({ kind, audience }: Bearer, client: Client): boolean =>
  kind === "pat" || audience.includes(client.clientId) || audience.includes(client.projectId);
