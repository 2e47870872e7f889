import { z } from "zod";
import type { ClientId, GrantId, SessionId, UserId } from "../../kernel/ids.ts";
import { addSeconds, type Instant } from "../../kernel/time.ts";
import type { MintedToken, TokenRow } from "../../kernel/token.ts";
import type { AuthorizationDetails, Confirmation, GrantTerms } from "./grant.events.ts";

const seconds = z.int().positive();

/** How long what a grant gives is valid; the protocol hands them in. */
export const grantLifetimes = z.object({
  accessTokenSeconds: seconds,
  refreshIdleSeconds: seconds,
  refreshAbsoluteSeconds: seconds,
});

export type GrantLifetimes = z.output<typeof grantLifetimes>;

/** Whose credentials these are; each is checked together with them whenever it is presented. */
export type CredentialOwner = {
  /** `null`: the client is its own subject (RFC 6749 §4.4) */
  readonly userId: UserId | null;
  readonly sessionId: SessionId | null;
  readonly grantId: GrantId;
  readonly clientId: ClientId | null;
};

/** What is given by a grant, whatever its type: what the token response is made of. */
export type Granted = CredentialOwner &
  GrantTerms & {
    readonly is: "granted";
    readonly scope: readonly string[];
    readonly audience: readonly string[];
    readonly nonce: string | null;
    readonly authTime: Instant;
    readonly amr: readonly string[];
    readonly access: Handed;
    readonly refresh: Handed | null;
  };

/** A credential that a command has made: the text for its holder is shown once and stored nowhere. */
export type Handed = { readonly id: MintedToken["id"]; readonly text: string; readonly expiresAt: Instant };

export const handed = ({ id, text }: MintedToken, expiresAt: Instant): Handed => ({ id, text, expiresAt });

export const accessRow = (
  owner: CredentialOwner,
  minted: MintedToken,
  {
    expiresAt,
    scope,
    audience,
    confirmation,
    authorizationDetails = [],
  }: {
    readonly expiresAt: Instant;
    readonly scope: readonly string[];
    readonly audience: readonly string[];
    readonly confirmation: Confirmation | null;
    readonly authorizationDetails?: AuthorizationDetails;
  },
): TokenRow => ({
  kind: "access",
  id: minted.id,
  hash: minted.hash,
  expiresAt,
  ...bonds(owner),
  data: {
    scope,
    audience,
    ...(confirmation && { confirmation }),
    ...(authorizationDetails.length > 0 && { authorizationDetails }),
  },
});

/** Used refresh tokens keep their rows until they run out: that is how a second use is recognised. */
export const refreshRow = (owner: CredentialOwner, minted: MintedToken, expiresAt: Instant): TokenRow => ({
  kind: "refresh",
  id: minted.id,
  hash: minted.hash,
  expiresAt,
  ...bonds(owner),
});

const bonds = ({ userId, sessionId, grantId, clientId }: CredentialOwner) => ({
  grantId,
  ...(userId && { userId }),
  ...(sessionId && { sessionId }),
  ...(clientId && { clientId }),
});

/** The end of a refresh token that is not used; never later than that of its family. */
export const idleEnd = (now: Instant, idleSeconds: number, absoluteExpiresAt: Instant): Instant => {
  const idle = addSeconds(now, idleSeconds);
  return idle < absoluteExpiresAt ? idle : absoluteExpiresAt;
};
