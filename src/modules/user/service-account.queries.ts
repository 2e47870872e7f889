import { fold } from "../../kernel/fold.ts";
import { type InstanceId, type OrgId, type UserId, type UserKeyId, userKeyId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import { onceByText } from "../../platform/db/once-by-text.ts";
import { prepare } from "../../platform/db/prepare.ts";
import type { Db } from "../../schema.ts";
import { defaultLifetimes, type Lifetimes, readLifetimes } from "../instance/lifetimes.events.ts";
import type { AccessTokenType } from "./user.events.ts";

/** A service account that may get tokens: it and its organization are active. */
export type ServiceAccount = {
  readonly userId: UserId;
  readonly userName: string;
  readonly orgId: OrgId;
  readonly accessTokenType: AccessTokenType;
  readonly lifetimes: Lifetimes;
};

/** With what an account proves itself by a secret, its stored form beside it. */
export type AccountWithSecret = ServiceAccount & { readonly secretHash: string };

/** With what an account proves itself by a signature: the public key that its assertion names. */
export type AccountWithKey = ServiceAccount & { readonly publicJwk: Readonly<Record<string, string>> };

/** User names are unique in an organization when its policy says so: then several accounts have one name. */
const namesakes = 20;

const account = (db: Db) =>
  db
    .selectFrom("users as u")
    .innerJoin("orgs as o", (on) => on.onRef("o.instance_id", "=", "u.instance_id").onRef("o.org_id", "=", "u.org_id"))
    .innerJoin("instances as i", "i.instance_id", "u.instance_id")
    .select(["i.oidc_settings", "u.user_id", "u.user_name", "u.org_id", "u.access_token_type", "u.secret_hash"])
    .where("u.type", "=", "machine")
    .where("u.state", "=", "active")
    .where("o.state", "=", "active");

export const serviceAccountReader = ({ db }: { readonly db: Db }) => {
  const named = prepare(db, ({ instanceId, folded }: { instanceId: InstanceId; folded: string }) =>
    account(db)
      .where("u.instance_id", "=", instanceId)
      .where("u.user_name_folded", "=", folded)
      .where("u.secret_hash", "is not", null)
      .limit(namesakes),
  );
  const keyed = prepare(
    db,
    ({ instanceId, userId, keyId }: { instanceId: InstanceId; userId: UserId; keyId: UserKeyId }) =>
      account(db)
        .innerJoin("user_keys as k", (on) =>
          on.onRef("k.instance_id", "=", "u.instance_id").onRef("k.user_id", "=", "u.user_id"),
        )
        .select(["k.public_jwk", "k.expires_at"])
        .where("u.instance_id", "=", instanceId)
        .where("u.user_id", "=", userId)
        .where("k.key_id", "=", keyId),
  );

  return {
    /** The active accounts of that user name which have a client secret. */
    withSecret: async (instanceId: InstanceId, userName: string): Promise<readonly AccountWithSecret[]> => {
      const rows = await named({ instanceId, folded: fold(userName) });
      return rows.flatMap((row) =>
        row.secret_hash === null ? [] : [{ ...accountOf(row), secretHash: row.secret_hash }],
      );
    },
    /** The active account with that key, while the key may be used. */
    withKey: async (
      instanceId: InstanceId,
      userId: UserId,
      keyId: string,
      now: Instant,
    ): Promise<AccountWithKey | null> => {
      const id = userKeyId.safeParse(keyId);
      if (!id.success) return null;
      const [row] = await keyed({ instanceId, userId, keyId: id.data });
      if (row === undefined || (row.expires_at !== null && row.expires_at <= now)) return null;
      // Written by the projection from a payload that its schema has parsed.
      return { ...accountOf(row), publicJwk: JSON.parse(row.public_jwk) as Readonly<Record<string, string>> };
    },
  };
};

export type ServiceAccountReader = ReturnType<typeof serviceAccountReader>;

const lifetimesOf = onceByText(readLifetimes);

// Ids were parsed when they were stored.
const accountOf = (row: {
  readonly user_id: string;
  readonly user_name: string;
  readonly org_id: string;
  readonly access_token_type: AccessTokenType;
  readonly oidc_settings: string | null;
}): ServiceAccount => ({
  userId: row.user_id as UserId,
  userName: row.user_name,
  orgId: row.org_id as OrgId,
  accessTokenType: row.access_token_type,
  lifetimes: row.oidc_settings === null ? defaultLifetimes : lifetimesOf(row.oidc_settings),
});
