import { z } from "zod";
import type { UserId } from "../../../kernel/ids.ts";
import { limits } from "../../../kernel/limits.ts";
import type { Instant } from "../../../kernel/time.ts";
import type { Client } from "../../../modules/application/client.queries.ts";
import type { UserReader } from "../../../modules/user/user.queries.ts";
import { verifyJwt } from "../../../platform/keys/verify-jwt.ts";
import { readJwsHeader } from "../../../platform/keys/verifying.ts";
import type { KeysOfClient } from "../client-auth/private-key-jwt.ts";
import type { Entered } from "../enter.ts";
import { OAuthError } from "../errors.ts";
import type { Parameters } from "../parameters.ts";
import type { VerifyIdTokenHint } from "../tokens/id-token-hint.ts";
import { userOfSubject } from "../tokens/subject.ts";

export type NamedUserDeps = {
  readonly users: Pick<UserReader, "findByLoginName" | "userForSignIn">;
  readonly verifyIdTokenHint: VerifyIdTokenHint;
  readonly keysOf: KeysOfClient;
};

const hints = ["login_hint", "id_token_hint", "login_hint_token"] as const;

/** The longest that a hint token may live. */
const hintSeconds = 3_600;

const hintClaims = z.looseObject({ sub: z.string().optional(), login_hint: z.string().optional() });

const unknown = (detail: string): OAuthError => new OAuthError("unknown_user_id", { detail });

/**
 * CIBA Core 1.0 §7.1: exactly one of the three hints names the user. A `login_hint_token` is a JWT of the client's own with
 * `sub`, as it knows the user, or `login_hint`. Whoever cannot sign in is told of as one who does not exist.
 */
export const namedUser = async (
  deps: NamedUserDeps,
  entered: Entered,
  client: Client,
  { values }: Parameters,
): Promise<UserId> => {
  const { ctx } = entered;
  const given = hints.flatMap((name) => (values.has(name) ? [name] : []));
  const [hint, another] = given;
  if (hint === undefined || another !== undefined) {
    throw new OAuthError("invalid_request", {
      description: "Exactly one of login_hint, id_token_hint and login_hint_token names the user",
    });
  }
  const found = await findUser(deps, entered, client, hint, values.get(hint) ?? "", ctx.now);
  const user = found === null ? null : await deps.users.userForSignIn(ctx, found);
  if (user === null || user.type !== "human" || user.state !== "active" || !user.orgActive) {
    throw unknown("nobody who could sign in");
  }
  return user.userId;
};

const findUser = async (
  { users, verifyIdTokenHint, keysOf }: NamedUserDeps,
  { ctx, instance }: Entered,
  client: Client,
  hint: (typeof hints)[number],
  value: string,
  now: Instant,
): Promise<UserId | null> => {
  const byLoginName = async (name: string): Promise<UserId | null> =>
    name.length > limits.nameChars ? null : ((await users.findByLoginName(ctx, name))?.userId ?? null);
  switch (hint) {
    case "login_hint":
      return byLoginName(value);
    case "id_token_hint": {
      const verified = await verifyIdTokenHint(instance, value);
      // A statement to another client is not this one's to use.
      return verified?.clientId === client.clientId ? verified.userId : null;
    }
    case "login_hint_token": {
      const header = readJwsHeader(value);
      if (header === null) throw new OAuthError("invalid_request", { description: "login_hint_token is not a JWT" });
      const verified = await verifyJwt(value, await keysOf(instance.instanceId, client, header, now), {
        issuer: client.clientId,
        audience: [instance.issuer],
        now,
        expiry: "required",
        maxLifeSeconds: hintSeconds,
      });
      if (!verified.ok) {
        if (verified.reason === "expired") throw new OAuthError("expired_login_hint_token");
        throw new OAuthError("invalid_request", {
          description: "login_hint_token is not valid",
          detail: verified.reason,
        });
      }
      const { data } = hintClaims.safeParse(verified.claims);
      if (data?.sub !== undefined) return userOfSubject(instance, client, data.sub);
      return data?.login_hint === undefined ? null : byLoginName(data.login_hint);
    }
  }
};
