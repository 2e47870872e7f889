import { type Ctx, needs } from "../../kernel/actor.ts";
import type { InstanceId, WebKeyId } from "../../kernel/ids.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { onceByText } from "../../platform/db/once-by-text.ts";
import { prepareKept } from "../../platform/db/prepare.ts";
import type { Db } from "../../schema.ts";
import { type WebKeyAlgorithm, webKeysMax } from "./web-key.events.ts";

/** A key to sign with; `privateKey` is sealed. Its material never changes, so it may be cached by its id. */
export type SealedWebKey = {
  readonly keyId: WebKeyId;
  readonly algorithm: WebKeyAlgorithm;
  readonly privateKey: string;
};

/** A public JWK as JWKS publishes it (RFC 7517 §4). */
export type PublicJwk = Readonly<Record<string, string>>;

/** A key as administrators see it. */
export type WebKeyView = {
  readonly keyId: WebKeyId;
  readonly state: "initial" | "active" | "inactive";
  readonly algorithm: WebKeyAlgorithm;
  /** length of an RSA key's modulus; `null` for other kinds */
  readonly bits: number | null;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

/** RFC 7518 §6.3.1.1: the modulus without leading zeros. */
const bitsOf = ({ n }: PublicJwk): number | null => (n === undefined ? null : Buffer.from(n, "base64url").length * 8);

// Stored by the command that parsed the id and the algorithm.
const sealed = (row: { readonly key_id: string; readonly algorithm: string; readonly private_key: string }) => ({
  keyId: row.key_id as WebKeyId,
  algorithm: row.algorithm as WebKeyAlgorithm,
  privateKey: row.private_key,
});

const jwkOf = onceByText((json): PublicJwk => JSON.parse(json));

/** Instances whose keys are kept: both statements run at nearly every request that issues or publishes. */
const instancesKept = 1_000;

const statements = (db: Db) => ({
  activeKey: prepareKept(db, instancesKept, ({ instanceId }: { instanceId: InstanceId }) =>
    db
      .selectFrom("web_keys")
      .select(["key_id", "algorithm", "private_key"])
      .where("instance_id", "=", instanceId)
      .where("state", "=", "active")
      .orderBy("changed_at", "desc")
      .limit(1),
  ),
  publishedKeys: prepareKept(db, instancesKept, ({ instanceId }: { instanceId: InstanceId }) =>
    db
      .selectFrom("web_keys")
      .select(["state", "public_jwk"])
      .where("instance_id", "=", instanceId)
      .orderBy("created_at")
      // Keys that were made at the same moment may be a few more than the most.
      .limit(2 * webKeysMax),
  ),
});

export const webKeyReader = ({ db }: { db: Db }) => readerOf(db, statements(db));

const readerOf = (db: Db, { activeKey, publishedKeys }: ReturnType<typeof statements>) => ({
  active: async (instanceId: InstanceId): Promise<SealedWebKey | null> => {
    const [row] = await activeKey({ instanceId });
    return row === undefined ? null : sealed(row);
  },

  /**
   * The key that signs for clients which ask for one algorithm: the active one if it is of that, else the newest that
   * verifiers can have fetched by now, else the oldest there is. A key that was retired signs nothing.
   */
  ofAlgorithm: async (
    instanceId: InstanceId,
    algorithm: WebKeyAlgorithm,
    publishedBefore: Instant,
  ): Promise<SealedWebKey | null> => {
    const rows = await db
      .selectFrom("web_keys")
      .select(["key_id", "algorithm", "private_key", "state", "created_at"])
      .where("instance_id", "=", instanceId)
      .where("algorithm", "=", algorithm)
      .where("state", "in", ["active", "initial"])
      .orderBy("created_at", "desc")
      .orderBy("key_id", "desc")
      .limit(2 * webKeysMax)
      .execute();
    const row =
      rows.find(({ state }) => state === "active") ??
      rows.find((one) => one.created_at <= publishedBefore) ??
      rows.at(-1);
    return row === undefined ? null : sealed(row);
  },

  /** Every key that may still be met in a signature, the active one first. */
  published: async (instanceId: InstanceId): Promise<readonly PublicJwk[]> => {
    const rows = await publishedKeys({ instanceId });
    const active = rows.filter((row) => row.state === "active");
    const others = rows.filter((row) => row.state !== "active");
    return [...active, ...others].map((row) => jwkOf(row.public_jwk));
  },

  /** All keys, oldest first, for who may see them. */
  list: async (ctx: Ctx): Promise<readonly WebKeyView[]> => {
    authorise(ctx, needs("iam.web_key.read"));
    const rows = await db
      .selectFrom("web_keys")
      .select(["key_id", "state", "algorithm", "public_jwk", "created_at", "changed_at"])
      .where("instance_id", "=", ctx.instanceId)
      .orderBy("created_at")
      .limit(webKeysMax)
      .execute();
    return rows.map((row) => ({
      keyId: row.key_id as WebKeyId,
      state: row.state,
      algorithm: row.algorithm as WebKeyAlgorithm,
      bits: bitsOf(JSON.parse(row.public_jwk)),
      createdAt: row.created_at,
      changedAt: row.changed_at,
    }));
  },

  count: async (instanceId: InstanceId): Promise<number> => {
    const row = await db
      .selectFrom("web_keys")
      .select((eb) => eb.fn.countAll<number>().as("total"))
      .where("instance_id", "=", instanceId)
      .executeTakeFirstOrThrow();
    return Number(row.total);
  },
});

export type WebKeyReader = ReturnType<typeof webKeyReader>;
