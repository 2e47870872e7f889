import type { X509Certificate } from "node:crypto";
import type { Confirmation } from "../../../modules/grant/grant.events.ts";
import { equalSecrets } from "../../../platform/crypto/secret.ts";
import type { VerificationAlgorithm } from "../../../platform/keys/algorithms.ts";
import { thumbprintOf } from "../../../platform/keys/certificate.ts";
import { OAuthError } from "../errors.ts";
import type { ProofContext, UseProof } from "./use-proof.ts";

/** An access token as it came, with all that its holder may show beside it. */
export type PresentedToken = {
  readonly scheme: "bearer" | "dpop";
  readonly text: string;
  readonly proof: string | null;
  readonly certificate: X509Certificate | null;
  readonly method: string;
  /** path that the request was sent to, without query */
  readonly path: string;
};

/** The two schemes of the Authorization header that carry access tokens (RFC 6750 §2.1, RFC 9449 §7.1), in any case. */
export const readTokenHeader = (
  authorization: string | undefined | null,
): Pick<PresentedToken, "scheme" | "text"> | null => {
  const [, scheme = "", text] = /^(bearer|dpop) +(\S+)$/i.exec(authorization ?? "") ?? [];
  if (text === undefined) return null;
  return { scheme: scheme.toLowerCase() === "dpop" ? "dpop" : "bearer", text };
};

const refuse = (detail: string, challenge?: "DPoP"): never => {
  throw new OAuthError("invalid_token", challenge === undefined ? { detail } : { detail, challenge });
};

/**
 * Refuses unless the presenter holds what the token is bound to: the DPoP key, under the scheme DPoP (RFC 9449 §7.1, §7.2),
 * or the certificate of its connection (RFC 8705 §3). A token that is bound to no key is none under that scheme.
 */
export const mustHold = async (
  useProof: UseProof,
  entered: ProofContext,
  presented: PresentedToken,
  confirmation: Confirmation | null,
  algorithms: readonly VerificationAlgorithm[],
): Promise<void> => {
  const { scheme, text, proof, certificate, method, path } = presented;
  const jkt = confirmation !== null && "jkt" in confirmation ? confirmation.jkt : null;
  if (scheme === "dpop" && jkt === null) refuse("the token is not bound to a DPoP key", "DPoP");
  if (scheme === "bearer" && jkt !== null) refuse("a token that is bound to a DPoP key came as bearer token", "DPoP");
  if (jkt !== null) {
    if (proof === null) throw new OAuthError("invalid_dpop_proof", { detail: "no DPoP proof", challenge: "DPoP" });
    const shown = await useProof(entered, proof, {
      method,
      path,
      accessToken: text,
      algorithms,
      isNonceRequired: false,
      challenge: "DPoP",
    });
    if (!equalSecrets(shown, jkt)) refuse("the proof is of another key", "DPoP");
  }
  if (confirmation !== null && "x5t#S256" in confirmation) {
    const shown = certificate === null ? null : thumbprintOf(certificate);
    if (shown === null || !equalSecrets(shown, confirmation["x5t#S256"])) refuse("not the certificate of the token");
  }
};
