import type { InstanceId } from "../../kernel/ids.ts";
import type { Database } from "../db/database.ts";
import { createLru } from "../db/lru.ts";
import type { Sealer, SubjectKey } from "./sealing.ts";
import type { LogStatements } from "./sql.ts";

/** Keys of live persons kept in memory; they never change, they only end. */
const cachedKeysMax = 10_000;

/** The key of a subject for one append: known, made now (to be stored with it), or destroyed. */
export type KeyForAppend =
  | { readonly is: "stored"; readonly key: SubjectKey }
  | { readonly is: "new"; readonly key: SubjectKey; readonly wrapped: Uint8Array }
  | { readonly is: "destroyed" };

export type SubjectKeys = {
  /** `isNew` subjects are known to have no key yet, which saves asking for it. */
  readonly forAppend: (
    instanceId: InstanceId,
    subjects: readonly { readonly subject: string; readonly isNew: boolean }[],
  ) => Promise<ReadonlyMap<string, KeyForAppend>>;
  /** what was new is stored now */
  readonly stored: (instanceId: InstanceId, keys: ReadonlyMap<string, KeyForAppend>) => void;
  /** ask again next time: somebody else stored or destroyed it */
  readonly forget: (instanceId: InstanceId, subjects: readonly string[]) => void;
};

/** Keeps the keys that personal data is sealed with; those used last stay in memory. */
export const createSubjectKeys = <DB>(
  database: Database<DB>,
  statements: LogStatements,
  sealer: Sealer,
): SubjectKeys => {
  const cache = createLru<string, SubjectKey>(cachedKeysMax);
  /** subjects that looked new and were not */
  const surprising = createLru<string, true>(1_000);
  const name = (instanceId: InstanceId, subject: string) => `${instanceId}/${subject}`;

  const make = (instanceId: InstanceId, subject: string): KeyForAppend => ({
    is: "new",
    ...sealer.newSubjectKey(instanceId, subject),
  });

  return {
    forAppend: async (instanceId, subjects) => {
      const keys = new Map<string, KeyForAppend>();
      const asked: string[] = [];
      for (const { subject, isNew } of subjects) {
        if (keys.has(subject) || asked.includes(subject)) continue;
        const cached = cache.get(name(instanceId, subject));
        if (cached !== undefined) keys.set(subject, { is: "stored", key: cached });
        else if (isNew && surprising.get(name(instanceId, subject)) === undefined)
          keys.set(subject, make(instanceId, subject));
        else asked.push(subject);
      }
      if (asked.length === 0) return keys;
      const rows = await database.read({ sql: statements.findKeys(asked.length), parameters: [instanceId, ...asked] });
      const found = new Map(rows.map((row) => [row.subject, row.wrapped_key]));
      for (const subject of asked) {
        const wrapped = found.get(subject);
        if (wrapped === undefined) keys.set(subject, make(instanceId, subject));
        else if (wrapped instanceof Uint8Array) {
          const key = sealer.unwrap(instanceId, subject, wrapped);
          cache.set(name(instanceId, subject), key);
          keys.set(subject, { is: "stored", key });
        } else keys.set(subject, { is: "destroyed" });
      }
      return keys;
    },
    stored: (instanceId, keys) => {
      for (const [subject, key] of keys) if (key.is === "new") cache.set(name(instanceId, subject), key.key);
    },
    forget: (instanceId, subjects) => {
      for (const subject of subjects) {
        cache.delete(name(instanceId, subject));
        surprising.set(name(instanceId, subject), true);
      }
    },
  };
};
