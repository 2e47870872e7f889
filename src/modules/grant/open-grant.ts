import type { Loaded, NewEvent } from "../../kernel/event.ts";
import { type AuthRequestId, grantId } from "../../kernel/ids.ts";
import { addSeconds, type Instant } from "../../kernel/time.ts";
import type { MintedToken, TokenWrite } from "../../kernel/token.ts";
import {
  accessRow,
  type CredentialOwner,
  type Granted,
  type GrantLifetimes,
  handed,
  idleEnd,
  refreshRow,
} from "./credentials.ts";
import type { GrantBases, GrantTerms, grant } from "./grant.events.ts";
import type { Narrowed } from "./narrow.ts";

type Opening = Omit<CredentialOwner, "grantId"> &
  GrantTerms & {
    readonly authRequestId: AuthRequestId | null;
    readonly scope: readonly string[];
    readonly audience: readonly string[];
    readonly nonce: string | null;
    readonly authTime: Instant;
    readonly amr: readonly string[];
    readonly lifetimes: GrantLifetimes;
    readonly access: MintedToken;
    /** whether each use of the refresh token gives a new one; the one of a grant without rotation lives as long as it */
    readonly rotate?: boolean | undefined;
    /** what the first access token stands for, where less than all was asked for */
    readonly narrowed?: Narrowed | undefined;
    /** what an exchanged grant stands on */
    readonly bases?: GrantBases | undefined;
    /** `null`: the grant has no refresh token */
    readonly refresh: MintedToken | null;
  };

type Opened = { readonly events: NewEvent[]; readonly tokens: TokenWrite[]; readonly granted: Granted };

/** Opens a grant with its first access token, and a refresh token where there is to be one. For commands of all grant types. */
export const openGrant = (
  stream: Loaded<typeof grant>,
  now: Instant,
  {
    authRequestId,
    scope,
    audience,
    nonce,
    authTime,
    amr,
    lifetimes,
    access,
    refresh,
    rotate = true,
    narrowed,
    bases = [],
    ...more
  }: Opening,
): Opened => {
  const { userId, sessionId, clientId, ...terms } = more;
  const owner = { userId, sessionId, clientId, grantId: grantId.parse(stream.id) };
  const accessExpiresAt = addSeconds(now, lifetimes.accessTokenSeconds);
  const events: NewEvent[] = [
    stream.record("oidc_session.added", {
      ...terms,
      userId,
      sessionId,
      clientId,
      authRequestId,
      bases,
      scope: [...scope],
      audience: [...audience],
      nonce,
      authTime,
      amr: [...amr],
    }),
    stream.record("oidc_session.access_token.added", {
      tokenId: access.id,
      scope: [...scope],
      expiresAt: accessExpiresAt,
    }),
  ];
  const { confirmation } = terms;
  const given = { audience, authorizationDetails: terms.authorizationDetails, ...narrowed };
  const tokens: TokenWrite[] = [
    { do: "put", row: accessRow(owner, access, { expiresAt: accessExpiresAt, scope, confirmation, ...given }) },
  ];
  let refreshed: Granted["refresh"] = null;
  if (refresh !== null) {
    const absoluteExpiresAt = addSeconds(now, lifetimes.refreshAbsoluteSeconds);
    const idleExpiresAt = idleEnd(now, lifetimes.refreshIdleSeconds, absoluteExpiresAt);
    events.push(
      stream.record("oidc_session.refresh_token.added", { tokenId: refresh.id, idleExpiresAt, absoluteExpiresAt }),
    );
    tokens.push({ do: "put", row: refreshRow(owner, refresh, rotate ? idleExpiresAt : absoluteExpiresAt) });
    refreshed = handed(refresh, idleExpiresAt);
  }
  const granted: Granted = {
    is: "granted",
    ...owner,
    ...terms,
    scope,
    ...given,
    nonce,
    authTime,
    amr,
    access: handed(access, accessExpiresAt),
    refresh: refreshed,
  };
  return { events, tokens, granted };
};
