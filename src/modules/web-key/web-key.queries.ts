import type { InstanceId, WebKeyId } from "../../kernel/ids.ts";
import type { Db } from "../../schema.ts";
import type { WebKeyAlgorithm } from "./web-key.events.ts";

/** The key that signs now; `privateKey` is sealed. Its material never changes, so it may be cached by its id. */
export type ActiveWebKey = {
  readonly keyId: WebKeyId;
  readonly algorithm: WebKeyAlgorithm;
  readonly privateKey: string;
};

/** A public JWK as JWKS publishes it (RFC 7517 §4). */
export type PublicJwk = Readonly<Record<string, string>>;

export const webKeyReader = ({ db }: { db: Db }) => ({
  active: async (instanceId: InstanceId): Promise<ActiveWebKey | null> => {
    const row = await db
      .selectFrom("web_keys")
      .select(["key_id", "algorithm", "private_key"])
      .where("instance_id", "=", instanceId)
      .where("state", "=", "active")
      .orderBy("changed_at", "desc")
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return null;
    // Stored by the command that parsed the id and the algorithm.
    return {
      keyId: row.key_id as WebKeyId,
      algorithm: row.algorithm as WebKeyAlgorithm,
      privateKey: row.private_key,
    };
  },

  /** Every key that may still be met in a signature, the active one first. */
  published: async (instanceId: InstanceId): Promise<readonly PublicJwk[]> => {
    const rows = await db
      .selectFrom("web_keys")
      .select(["state", "public_jwk"])
      .where("instance_id", "=", instanceId)
      .orderBy("created_at")
      .limit(100)
      .execute();
    const active = rows.filter((row) => row.state === "active");
    const others = rows.filter((row) => row.state !== "active");
    return [...active, ...others].map((row): PublicJwk => JSON.parse(row.public_jwk));
  },
});

export type WebKeyReader = ReturnType<typeof webKeyReader>;
