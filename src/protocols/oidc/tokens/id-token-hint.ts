import { z } from "zod";
import { clientId, sessionId, userId } from "../../../kernel/ids.ts";
import type { ClientReader } from "../../../modules/application/client.queries.ts";
import type { OidcInstance } from "../instance.ts";
import type { VerifyOwnJwt } from "./own-jwt.ts";
import { userOfSubject } from "./subject.ts";

const claims = z.object({
  iss: z.string(),
  sub: z.string(),
  azp: clientId,
  sid: sessionId.optional(),
  exp: z.number(),
});

/** What an ID token that we issued says about whom, for which client, and in which session. */
export type IdTokenHint = {
  readonly userId: z.output<typeof userId>;
  readonly clientId: z.output<typeof clientId>;
  readonly sessionId: z.output<typeof sessionId> | null;
};

export type VerifyIdTokenHint = (instance: OidcInstance, token: string) => Promise<IdTokenHint | null>;

/**
 * Reads an `id_token_hint`. Its expiry is not looked at: a hint may be old (OpenID Connect Core 1.0 §3.1.2.1,
 * RP-Initiated Logout 1.0 §2); it names a user and a session, and opens nothing.
 */
export const idTokenHintVerifier =
  (verifyOwn: VerifyOwnJwt, findClient: ClientReader["find"]): VerifyIdTokenHint =>
  async (instance, token) => {
    const verified = await verifyOwn(instance.instanceId, token);
    // An access token is signed by the same keys but is not a statement to its client (RFC 8725 §3.11).
    if (verified === null || verified.typ !== "jwt") return null;
    const { data } = claims.safeParse(verified.payload);
    if (data === undefined || data.iss !== instance.issuer) return null;
    const client = await findClient(instance.instanceId, data.azp);
    // A client that has become pairwise since has tokens by the former name.
    const named = userOfSubject(instance, client, data.sub) ?? userId.safeParse(data.sub).data;
    if (named === undefined) return null;
    return { userId: named, clientId: data.azp, sessionId: data.sid ?? null };
  };
