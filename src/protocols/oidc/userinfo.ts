import type { ClientSettings } from "../../modules/application/client-settings.events.ts";
import type { WebReply, WebRequest } from "../../platform/http/web.ts";
import type { ClaimSources } from "./claims/claim-sources.ts";
import { gatherRequested } from "./claims/requested-claims.ts";
import type { CertificateOf } from "./client-auth/client-request.ts";
import { mustHold, type PresentedToken, readTokenHeader } from "./dpop/holder.ts";
import type { DpopNonces } from "./dpop/nonce.ts";
import { offerNonce, sentProof, type UseProof } from "./dpop/use-proof.ts";
import type { Enter } from "./enter.ts";
import { OAuthError } from "./errors.ts";
import { allowAnyOrigin, allowOrigins, bodyOf, neverStore, pathOf } from "./http.ts";
import { readParameters } from "./parameters.ts";
import { anyClientRules, rulesOf } from "./security-profile.ts";
import type { ClientJwt } from "./tokens/client-jwt.ts";
import type { FindBearer } from "./tokens/presented-token.ts";
import { scopeOf } from "./tokens/presented-token.ts";
import { subjectFor } from "./tokens/subject.ts";

export type UserinfoDeps = {
  readonly enter: Enter;
  readonly findBearer: FindBearer;
  readonly useProof: UseProof;
  readonly nonces: DpopNonces;
  readonly certificateOf: CertificateOf;
  readonly sources: ClaimSources;
  readonly clientJwt: ClientJwt;
};

/** OpenID Connect Core 1.0 §5.3: what the scope of the access token lets its holder know about the user. */
export const userinfoEndpoint =
  ({ enter, findBearer, useProof, nonces, certificateOf, sources, clientJwt }: UserinfoDeps) =>
  async (request: WebRequest, reply: WebReply): Promise<WebReply> => {
    const entered = await enter(request);
    const { ctx, instance } = entered;
    const presented = presentedToken(request, certificateOf);
    if (presented === null) throw new OAuthError("invalid_token", { description: "An access token is needed" });
    if (presented.proof !== null) offerNonce({ nonces }, entered, reply);
    const bearer = await findBearer(instance, presented.text, ctx.now);
    if (bearer === null) {
      // An application's script must learn that its token is gone; of a token that is nobody's there is nothing to keep.
      allowAnyOrigin(reply);
      throw new OAuthError("invalid_token", { detail: "unknown token" });
    }
    allowOrigins(request, reply, bearer.client?.uris ?? []);
    if (bearer.dead !== null) throw new OAuthError("invalid_token", { detail: bearer.dead });
    const { signatureAlgorithms } = bearer.client === null ? anyClientRules : rulesOf(bearer.client);
    await mustHold(useProof, entered, presented, bearer.confirmation, signatureAlgorithms);
    const scope = scopeOf(bearer);
    if (!scope.includes("openid")) throw new OAuthError("insufficient_scope", { detail: "no openid" });
    const { subject, audience, client } = bearer;
    // OpenID Connect Core 1.0 §5.3.1: there is nobody to tell of.
    if (subject === null) throw new OAuthError("insufficient_scope", { detail: "no user" });
    const project = client === null ? null : { id: client.projectId, roleAssertion: client.roleAssertion };
    const about = { ctx, subject, scope, audience, project };
    const asked = bearer.terms?.claims?.userinfo;
    const given = await gatherRequested([...sources.user, ...sources.roles], about, asked);
    const mapped = await sources.map(client?.settings ?? null, "userinfo", async () => about, given);
    const claims = { ...mapped, sub: subjectFor(instance, client, subject.userId) };
    if (client === null || !wantsJwt(client.settings)) return neverStore(reply).send(claims);
    // OpenID Connect Core 1.0 §5.3.2: as a JWT it says who states it, and for whom.
    const { write } = await clientJwt(ctx.instanceId, client, "userinfo");
    const jwt = await write({ ...claims, iss: instance.issuer, aud: client.clientId });
    return neverStore(reply).header("content-type", "application/jwt").send(jwt);
  };

/** OpenID Connect Core 1.0 §5.3.2: the client has registered that it wants the answer signed, encrypted, or both. */
const wantsJwt = ({ userinfoSignedResponseAlg, userinfoEncryptedResponseAlg }: ClientSettings): boolean =>
  (userinfoSignedResponseAlg ?? userinfoEncryptedResponseAlg) !== null;

/** RFC 6750 §2.1 (header) and §2.2 (form); §2: not both. In the URL it would end up in logs, so it is not read there. */
const presentedToken = (request: WebRequest, certificateOf: CertificateOf): PresentedToken | null => {
  const header = readTokenHeader(request.headers.authorization);
  const inForm = readParameters(bodyOf(request)).values.get("access_token") ?? null;
  if (header !== null && inForm !== null) {
    throw new OAuthError("invalid_request", { description: "More than one access token was sent" });
  }
  const token = header ?? (inForm === null ? null : { scheme: "bearer" as const, text: inForm });
  if (token === null) return null;
  const { method } = request;
  return { ...token, proof: sentProof(request), certificate: certificateOf(request), method, path: pathOf(request) };
};
