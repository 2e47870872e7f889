import { z } from "zod";
import type { InstanceId, TokenId } from "../../../kernel/ids.ts";
import type { Instant } from "../../../kernel/time.ts";
import { pushedParameters } from "../../../modules/auth-request/push-request.ts";
import type { TokenReader } from "../../../modules/token/token.queries.ts";
import { matches, parseToken } from "../../../platform/crypto/tokens.ts";
import type { OidcClient } from "../client.ts";
import { OAuthError } from "../errors.ts";

/** RFC 9126 §2.2: what begins the `request_uri` of a pushed request. */
export const pushedPrefix = "urn:ietf:params:oauth:request_uri:";

const kept = z.object({ parameters: pushedParameters, isSigned: z.boolean() });

/** A pushed request, as its client sent it. */
export type Pushed = z.output<typeof kept> & { readonly id: TokenId };

/** Finds the pushed request behind a `request_uri`; refuses one that is unknown, used, too old or another client's. */
export type FindPushed = (
  instanceId: InstanceId,
  client: Pick<OidcClient, "clientId">,
  requestUri: string,
  now: Instant,
) => Promise<Pushed>;

/**
 * RFC 9126 §4, §7.3: the reference is good for its client alone and for a minute. It is used up when a request that it began
 * is answered, not when a page is loaded: people reload, and browsers look ahead.
 */
export const pushedFinder =
  (find: TokenReader["find"]): FindPushed =>
  async (instanceId, { clientId }, requestUri, now) => {
    const presented = parseToken(requestUri.slice(pushedPrefix.length));
    const row = presented?.kind === "pushed" ? await find(instanceId, "pushed", presented.id, now) : null;
    const isGood =
      presented !== null &&
      row !== null &&
      row.dead === null &&
      row.clientId === clientId &&
      matches(row.hash, presented.secret);
    const data = isGood ? kept.safeParse(row.data).data : undefined;
    if (row === null || data === undefined) throw new OAuthError("invalid_request_uri");
    return { ...data, id: row.id };
  };
