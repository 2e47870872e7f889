import { existsSync, statSync } from "node:fs";
import { migrations } from "../migrations/index.ts";
import { placeOf } from "./compose.ts";
import { explain } from "./explain.ts";
import { bad, type Finding, good, hint } from "./finding.ts";
import { now } from "./platform/clock.ts";
import { askControl } from "./platform/control/control.ts";
import { databaseFile } from "./platform/db/data-dir.ts";
import { openDatabase } from "./platform/db/open.ts";
import { createKeyStore } from "./platform/keys/key-store.ts";
import { confirmMasterKey, loadMasterKey, masterKeyFromText } from "./platform/keys/masterkey.ts";
import type { Database } from "./schema.ts";
import { checkSchema } from "./schema-check.ts";
import { isLoopbackHost, type Settings } from "./settings.ts";

type Check = (settings: Settings) => Promise<readonly Finding[]>;

const checkAddress: Check = async ({ externalUrl, port, tls, trustedProxies }) => {
  const url = new URL(externalUrl);
  const found = [good(`people reach Munot at ${externalUrl}; it listens on port ${port}`)];
  const throughProxy = url.protocol === "https:" && tls === null;
  if (throughProxy && trustedProxies.length === 0) {
    found.push(
      hint(
        "https without MUNOT_TLS_CERT_FILE means a proxy: set MUNOT_TRUSTED_PROXIES, else every caller has its address",
      ),
    );
  }
  if (isLoopbackHost(url.hostname))
    found.push(hint("MUNOT_EXTERNAL_URL is a loopback name: only this machine reaches it"));
  return found;
};

const checkDatabase: Check = async (settings) => {
  if (settings.databaseUrl === null && !existsSync(databaseFile(settings.dataDir))) {
    return [hint(`no database yet in ${settings.dataDir}: npm start makes it`)];
  }
  const database = await openDatabase<Database>({ ...placeOf(settings), readOnly: true });
  try {
    const version = await database.read({
      sql:
        database.dialect === "sqlite"
          ? "select sqlite_version() as v"
          : "select current_setting('server_version') as v",
      parameters: [],
    });
    const applied = await database
      .read({ sql: "select name from migrations order by name", parameters: [] })
      .catch(() => []);
    const found = [
      good(`${database.dialect} ${String(version[0]?.v)} answers, ${applied.length} schema steps applied`),
    ];
    if (applied.length > 0) {
      found.push(...(await checkSchema(database, migrations)));
      found.push(...(await checkKeys(settings, database).catch((error: unknown) => [bad(explain(error))])));
    }
    return found;
  } finally {
    await database.close();
  }
};

const checkKeys = async (
  settings: Settings,
  database: Parameters<typeof createKeyStore>[0],
): Promise<readonly Finding[]> => {
  const { masterKey, origin } = loadMasterKey({
    value: settings.masterKey,
    file: settings.masterKeyFile,
    allowCreate: false,
  });
  const store = createKeyStore(database);
  if ((await store.readMark()) === null) return [hint("the database has no master key yet: npm start sets it")];
  const { masterKeyPrevious } = settings;
  const previous = masterKeyPrevious === null ? null : masterKeyFromText(masterKeyPrevious, "MUNOT_MASTERKEY_PREVIOUS");
  const outcome = await confirmMasterKey(masterKey, previous, store);
  const found = [
    good(
      outcome === "confirmed"
        ? "the master key is the database's"
        : "the next start finishes the rotation of the master key",
    ),
  ];
  if (origin === "file" && process.platform !== "win32" && (statSync(settings.masterKeyFile).mode & 0o077) !== 0) {
    found.push(bad(`others may read ${settings.masterKeyFile}: chmod 600 ${settings.masterKeyFile}`));
  }
  return found;
};

/** Tokens carry times: a clock that is far off makes every relying party refuse them. */
const checkClock: Check = async (settings) => {
  const releasedMicros = 1_790_000_000_000_000;
  if (now() < releasedMicros) return [bad("the clock of this machine is years behind: set it, or use NTP")];
  if (settings.databaseUrl === null) return [good("the clock is plausible")];
  const database = await openDatabase<Database>({ url: settings.databaseUrl });
  try {
    const rows = await database.read({
      sql: "select (extract(epoch from clock_timestamp()) * 1000000)::bigint as at",
      parameters: [],
    });
    const apart = Math.abs(now() - Number(rows[0]?.at)) / 1_000_000;
    return [
      apart < 5
        ? good("the clocks of this machine and the database agree")
        : bad(`the database's clock is ${Math.round(apart)} s away: use NTP on both`),
    ];
  } finally {
    await database.close();
  }
};

const checkServer: Check = async ({ dataDir, externalUrl, port, tls }) => {
  const running = await askControl(dataDir, "ping", null).catch(() => ({ answer: null }));
  const answer = await fetch(`${tls ? "https" : "http"}://localhost:${port}/debug/ready`).catch(() => null);
  if (running === null && answer === null) return [hint("the server is not running: npm start")];
  if (answer === null) return [hint(`a server uses ${dataDir} but port ${port} does not answer (${externalUrl})`)];
  return [
    answer.ok ? good("the server is running and ready") : bad(`the server answers ${answer.status} on /debug/ready`),
  ];
};

const checks: readonly Check[] = [checkAddress, checkDatabase, checkClock, checkServer];
const marks = { good: "ok   ", hint: "hint ", bad: "WRONG" } as const;

/** Checks settings (they have been read when this runs), database, keys, clock and server. Gives the exit code. */
export const doctor = async (settings: Settings, say: (line: string) => void): Promise<number> => {
  const found: Finding[] = [good("the settings are valid")];
  for (const check of checks) {
    found.push(...(await check(settings).catch((error: unknown) => [bad(explain(error))])));
  }
  for (const { is, text } of found) say(`${marks[is]}  ${text}`);
  const wrong = found.filter(({ is }) => is === "bad").length;
  say(wrong === 0 ? "\nNothing is wrong." : `\n${wrong} to mend.`);
  return wrong === 0 ? 0 : 1;
};
