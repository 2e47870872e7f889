import { addSeconds, instantFromSeconds } from "../../../kernel/time.ts";
import { firstOf } from "../../../platform/http/proxies.ts";
import type { WebReply, WebRequest } from "../../../platform/http/web.ts";
import type { VerificationAlgorithm } from "../../../platform/keys/algorithms.ts";
import type { UseAssertion } from "../../../platform/keys/assertion-uses.ts";
import type { Entered } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import type { DpopNonces } from "./nonce.ts";
import { checkProof, proofSeconds } from "./proof.ts";

export type ProofDeps = {
  readonly useAssertion: UseAssertion;
  readonly nonces: DpopNonces;
  /** another origin under which the endpoints are reached (RFC 8705 §5) */
  readonly aliasOrigin?: string | null;
};

export type DpopDeps = ProofDeps & {
  /** the authorization server takes no proof without a nonce of its own (RFC 9449 §8) */
  readonly nonceRequired: boolean;
};

/** What is asked of the proof that comes with a request. */
export type ProofWanted = {
  readonly method: string;
  /** path that the request was sent to, without query */
  readonly path: string;
  readonly accessToken: string | null;
  readonly algorithms: readonly VerificationAlgorithm[];
  readonly isNonceRequired: boolean;
  /** at protected resources the answer is a challenge (RFC 9449 §7.1, §9) */
  readonly challenge?: "DPoP";
};

/** The proof of a request, as sent. */
export const sentProof = ({ headers }: Pick<WebRequest, "headers">): string | null => firstOf(headers["dpop"]) ?? null;

/** On which instance, under which public address and when. */
export type ProofContext = {
  readonly ctx: Pick<Entered["ctx"], "instanceId" | "now">;
  readonly instance: Pick<Entered["instance"], "instanceId" | "issuer">;
};

/** Checks a proof and uses it up; gives the thumbprint of its key, refuses with `invalid_dpop_proof` or `use_dpop_nonce`. */
export type UseProof = (entered: ProofContext, proof: string, wanted: ProofWanted) => Promise<string>;

export const proofUser =
  ({ useAssertion, nonces, aliasOrigin = null }: ProofDeps): UseProof =>
  async ({ ctx, instance }, proof, { method, path, accessToken, algorithms, isNonceRequired, challenge }) => {
    const urls = [instance.issuer, ...(aliasOrigin === null ? [] : [aliasOrigin])].map((origin) => origin + path);
    const asked = challenge === undefined ? {} : { challenge };
    const refuse = (detail: string) =>
      new OAuthError("invalid_dpop_proof", { detail: `DPoP proof: ${detail}`, ...asked });
    const checked = await checkProof(proof, { method, urls, accessToken, algorithms, now: ctx.now });
    if (!checked.ok) throw refuse(checked.problem);
    const { jkt, jti, iat, nonce } = checked;
    if (nonce === null ? isNonceRequired : !nonces.isValid(instance.instanceId, nonce, ctx.now)) {
      throw new OAuthError("use_dpop_nonce", asked);
    }
    // RFC 9449 §11.1: at most once, at whichever process; one key's proofs are told apart by their `jti`.
    const expiresAt = addSeconds(instantFromSeconds(Math.max(iat, 0)), proofSeconds.past);
    const isFirst = await useAssertion(ctx.instanceId, { issuer: `dpop ${jkt}`, jti, expiresAt });
    if (!isFirst) throw refuse("used before");
    return jkt;
  };

/** RFC 9449 §8.2: with every answer to a proof the nonce that the next one should have. */
export const offerNonce = (
  { nonces }: Pick<DpopDeps, "nonces">,
  { ctx, instance }: ProofContext,
  reply: WebReply,
): void => {
  reply.header("dpop-nonce", nonces.current(instance.instanceId, ctx.now));
};
