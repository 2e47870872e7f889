import { placeOf, systemCtx } from "./compose.ts";
import { instanceReader } from "./modules/instance/instance.queries.ts";
import { webKeyReader } from "./modules/web-key/web-key.queries.ts";
import { isoText, now } from "./platform/clock.ts";
import { openDatabase } from "./platform/db/open.ts";
import { createKeyStore } from "./platform/keys/key-store.ts";
import type { Database } from "./schema.ts";
import type { Settings } from "./settings.ts";

const shownAtMost = 1_000;

/** Says which master key the database belongs to and which keys sign and verify, without opening any. */
export const listKeys = async (settings: Settings, say: (line: string) => void): Promise<number> => {
  const database = await openDatabase<Database>({ ...placeOf(settings), readOnly: true });
  try {
    const store = createKeyStore(database);
    const mark = await store.readMark();
    if (mark === null) {
      say("There are no keys yet: npm start makes them.");
      return 1;
    }
    say(`master key ${mark.keyId}`);
    const others = await store.listWrappedByOthers(mark.keyId, shownAtMost);
    if (others.length > 0) {
      say(`  ${others.length} keys are still wrapped by another one: a rotation has not ended. Start Munot with both`);
      say("  keys, the new one and the former one in MUNOT_MASTERKEY_PREVIOUS.");
    }
    const { db } = database;
    for (const { instanceId, primaryDomain } of await instanceReader({ db }).instances()) {
      say(`web keys of ${primaryDomain}`);
      for (const key of await webKeyReader({ db }).list(systemCtx(instanceId, "cli", now()))) {
        const kind = key.bits === null ? key.algorithm : `${key.algorithm} ${key.bits}`;
        const since = isoText(key.changedAt);
        say(`  ${key.keyId.padEnd(22)}${kind.padEnd(12)}${key.state.padEnd(10)}since ${since}`);
      }
    }
    return 0;
  } finally {
    await database.close();
  }
};
