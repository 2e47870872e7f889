import { type QueryExecutorProvider, type RawBuilder, sql } from "kysely";
import { z } from "zod";
import { instanceId } from "../../kernel/ids.ts";
import type { Database } from "../db/database.ts";
import type { InstanceKeyStore, WrappedInstanceKey } from "./instance-keys.ts";
import type { MasterKeyStore } from "./masterkey.ts";

const markRow = z.object({ key_id: z.string(), check_value: z.string() });
const keyRow = z.object({ instance_id: instanceId, wrapped: z.instanceof(Uint8Array), key_id: z.string() });

const wrappedKey = (row: unknown): WrappedInstanceKey => {
  const { instance_id, wrapped, key_id } = keyRow.parse(row);
  return { instanceId: instance_id, wrapped: Uint8Array.from(wrapped), keyId: key_id };
};

/** What the key store needs of a database. */
type KeyDatabase = Pick<Database<never>, "read" | "write"> & { readonly compiler: QueryExecutorProvider };

/**
 * The tables `master_key` (one row: the mark of the key, for all instances) and `instance_keys`. The statements that name
 * no instance belong to the master key, which is above them.
 */
export const createKeyStore = (database: KeyDatabase): InstanceKeyStore & MasterKeyStore => {
  const read = (statement: RawBuilder<unknown>) => database.read(statement.compile(database.compiler));
  const write = (statement: RawBuilder<unknown>) => database.write([statement.compile(database.compiler)]);
  return {
    readMark: async () => {
      const [row] = await read(sql`select key_id, check_value from master_key where only_row = 1`);
      if (row === undefined) return null;
      const { key_id, check_value } = markRow.parse(row);
      return { keyId: key_id, check: check_value };
    },
    putFirstMark: async ({ keyId, check }) => {
      await write(
        sql`insert into master_key (only_row, key_id, check_value) values (1, ${keyId}, ${check}) on conflict do nothing`,
      );
    },
    replaceMark: async (from, { keyId, check }) => {
      await write(
        sql`update master_key set key_id = ${keyId}, check_value = ${check} where only_row = 1 and key_id = ${from}`,
      );
    },
    readKey: async (id) => {
      const [row] = await read(sql`select instance_id, wrapped, key_id from instance_keys where instance_id = ${id}`);
      return row === undefined ? null : wrappedKey(row);
    },
    putFirstKey: async ({ instanceId: id, wrapped, keyId }) => {
      await write(
        sql`insert into instance_keys (instance_id, wrapped, key_id) values (${id}, ${wrapped}, ${keyId}) on conflict do nothing`,
      );
    },
    listWrappedByOthers: async (keyId, limit) => {
      const rows = await read(
        sql`select instance_id, wrapped, key_id from instance_keys where key_id <> ${keyId} order by instance_id limit ${limit}`,
      );
      return rows.map(wrappedKey);
    },
    listKeys: async (after, limit) => {
      const rows = await read(
        sql`select instance_id, wrapped, key_id from instance_keys where instance_id > ${after} order by instance_id limit ${limit}`,
      );
      return rows.map(wrappedKey);
    },
    replaceKey: async ({ instanceId: id, wrapped, keyId }, from) => {
      await write(
        sql`update instance_keys set wrapped = ${wrapped}, key_id = ${keyId} where instance_id = ${id} and key_id = ${from}`,
      );
    },
  };
};
