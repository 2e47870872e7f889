import { z } from "zod";
import { addSeconds, type Instant } from "../../kernel/time.ts";
import type { ClientSettings } from "../../modules/application/client-settings.events.ts";
import type { Dialer } from "../../platform/dial/dialer.ts";
import { parseJson } from "../../platform/keys/verifying.ts";

/** A public JWK as a client published it, not yet looked at. */
export type ClientJwk = Readonly<Record<string, unknown>>;

type KeyPlace = { readonly settings: Pick<ClientSettings, "jwks" | "jwksUri"> };

/**
 * The keys of a client (RFC 7591 §2 `jwks`, `jwks_uri`); none when it has none, or they cannot be fetched. With `kid` the
 * set is fetched again when it does not hold that key: the client has rotated.
 */
export type ClientKeys = (client: KeyPlace, kid?: string) => Promise<readonly ClientJwk[]>;

const keySet = z.looseObject({ keys: z.array(z.record(z.string(), z.unknown())).max(100) });

const keptSeconds = 300;
/** A `kid` that nobody has would otherwise be a way to make us call the client at every request: so often within so long. */
const askedAgain = { times: 3, seconds: 60 };
const keptSets = 1_000;
const fetching = { timeoutMs: 5_000, maxBytes: 262_144, maxRedirects: 2, headers: { accept: "application/json" } };

type Kept = {
  readonly keys: readonly ClientJwk[];
  readonly at: Instant;
  /** since when, and how often, the set has been asked for because it did not hold a key */
  readonly again: { readonly since: Instant; readonly times: number };
};

/** Makes a {@link ClientKeys} that keeps what it has fetched for five minutes, and longer while the client cannot be reached. */
export const clientKeyReader = ({
  dialer,
  now,
}: {
  readonly dialer: Pick<Dialer, "fetch">;
  readonly now: () => Instant;
}): ClientKeys => {
  const kept = new Map<string, Kept>();
  const asking = new Map<string, Promise<readonly ClientJwk[]>>();

  const fetchKeys = async (uri: string): Promise<readonly ClientJwk[]> => {
    const before = kept.get(uri);
    const answer = await dialer.fetch(uri, fetching).catch(() => null);
    const read = answer?.status === 200 ? keySet.safeParse(parseJson(answer.body)).data : undefined;
    if (kept.size >= keptSets) kept.clear();
    const keys = read?.keys ?? before?.keys ?? [];
    const at = now();
    const isLong = before === undefined || at >= addSeconds(before.again.since, askedAgain.seconds);
    const again = isLong ? { since: at, times: 0 } : { ...before.again, times: before.again.times + 1 };
    kept.set(uri, { keys, at, again });
    return keys;
  };

  const askOnce = (uri: string): Promise<readonly ClientJwk[]> => {
    const under = asking.get(uri) ?? fetchKeys(uri).finally(() => asking.delete(uri));
    asking.set(uri, under);
    return under;
  };

  return async ({ settings: { jwks, jwksUri } }, kid) => {
    if (jwks !== null) return jwks.keys;
    if (jwksUri === null) return [];
    const before = kept.get(jwksUri);
    if (before === undefined) return askOnce(jwksUri);
    const isMissing = kid !== undefined && !before.keys.some((key) => key["kid"] === kid);
    const mayAskAgain =
      before.again.times < askedAgain.times || now() >= addSeconds(before.again.since, askedAgain.seconds);
    const isFresh = now() < addSeconds(before.at, keptSeconds);
    return isFresh && !(isMissing && mayAskAgain) ? before.keys : askOnce(jwksUri);
  };
};
