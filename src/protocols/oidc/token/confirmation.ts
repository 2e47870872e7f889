import type { Client } from "../../../modules/application/client.queries.ts";
import type { Confirmation } from "../../../modules/grant/grant.events.ts";
import type { WebReply, WebRequest } from "../../../platform/http/web.ts";
import { thumbprintOf } from "../../../platform/keys/certificate.ts";
import type { ClientRequest } from "../client-auth/presented.ts";
import { type DpopDeps, offerNonce, sentProof, type UseProof } from "../dpop/use-proof.ts";
import { endpoints } from "../endpoints.ts";
import type { Entered } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import { anyClientRules, rulesOf } from "../security-profile.ts";

export type ConfirmationDeps = DpopDeps & { readonly useProof: UseProof };

/**
 * What the caller proves to hold, so that its tokens are bound to it: the key of a DPoP proof (RFC 9449 §5), else the
 * certificate of its connection where it registered that (RFC 8705 §3). Refuses whoever must show something and does not.
 */
export const confirmationOf = async (
  deps: ConfirmationDeps,
  entered: Entered,
  {
    web,
    request,
    client,
    reply,
  }: {
    readonly web: WebRequest;
    readonly request: ClientRequest;
    /** `null`: a service account for itself */
    readonly client: Client | null;
    readonly reply: WebReply;
  },
): Promise<Confirmation | null> => {
  const { senderConstraint, signatureAlgorithms } = client === null ? anyClientRules : rulesOf(client);
  const proof = sentProof(web);
  if (proof !== null) {
    offerNonce(deps, entered, reply);
    const jkt = await deps.useProof(entered, proof, {
      method: web.method,
      path: endpoints.token,
      accessToken: null,
      algorithms: signatureAlgorithms,
      isNonceRequired: deps.nonceRequired,
    });
    return { jkt };
  }
  if (senderConstraint === "dpop") throw missing("A DPoP proof is needed");
  const certificate = request.certificate ?? null;
  const isBound = client?.settings.tlsClientCertificateBoundAccessTokens || senderConstraint !== null;
  if (isBound && certificate !== null) return { "x5t#S256": thumbprintOf(certificate) };
  if (senderConstraint !== null) throw missing("A DPoP proof or a client certificate is needed");
  return null;
};

const missing = (description: string): OAuthError => new OAuthError("invalid_request", { description });
