import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { migrations } from "../migrations/index.ts";
import { openCore, placeOf } from "./compose.ts";
import { doctor } from "./doctor.ts";
import { explain } from "./explain.ts";
import { adminLinkFor } from "./first-start.ts";
import { listKeys } from "./list-keys.ts";
import { webKeyAlgorithms } from "./modules/web-key/web-key.events.ts";
import { parts, projectionTables } from "./parts.ts";
import { askControl } from "./platform/control/control.ts";
import { backUpSqlite } from "./platform/db/backup.ts";
import { openDatabase } from "./platform/db/open.ts";
import { verifyChain } from "./platform/eventstore/verify-chain.ts";
import { rebuildProjections } from "./platform/projections/rebuild.ts";
import { verifyProjections } from "./platform/projections/verify.ts";
import { rotateAll } from "./rotate-keys.ts";
import type { Database } from "./schema.ts";
import { readSettings, type Settings } from "./settings.ts";

type Options = { readonly to: string | null; readonly algorithm: string | null };
type Command = { readonly help: string; readonly run: (settings: Settings, options: Options) => Promise<number> };

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** A new link for an administrator: from the running server, or straight on the database. */
const adminLink = async (settings: Settings): Promise<number> => {
  const asked = await askControl(settings.dataDir, "admin-link", null);
  if (asked !== null) {
    say(String(asked.answer));
    return 0;
  }
  const core = await openCore(settings);
  try {
    const [first] = await core.readers.instances.instances();
    if (first === undefined) throw new Error("There is no instance yet: start Munot once with npm start.");
    say(await adminLinkFor(core, first.instanceId));
    return 0;
  } finally {
    await core.close();
  }
};

/** Lets another key sign, or publishes one that can soon; by the running server, or straight on the database. */
const rotateKeys = async (settings: Settings, { algorithm }: Options): Promise<number> => {
  if (algorithm !== null && !webKeyAlgorithms.some((known) => known === algorithm)) {
    say(`No keys are made for ${algorithm}. There are ${webKeyAlgorithms.join(", ")}.`);
    return 2;
  }
  const asked = await askControl(settings.dataDir, "keys-rotate", { algorithm });
  if (asked !== null) {
    for (const line of Array.isArray(asked.answer) ? asked.answer : []) say(String(line));
    return 0;
  }
  const core = await openCore(settings);
  try {
    for (const line of await rotateAll(core, { algorithm })) say(line);
    return 0;
  } finally {
    await core.close();
  }
};

/** Importing the server starts it; it reads `--settings` and ends the process itself. */
const serve = async (): Promise<number> => {
  await import("./main.ts");
  return -1;
};

const verify = async (settings: Settings): Promise<number> => {
  const core = await openCore(settings);
  try {
    const { database, sealer, now } = core;
    const tables = projectionTables;
    const differences = await verifyProjections({ database, parts, sealer, migrations, tables, now });
    for (const { table, problem } of differences) say(`${table}: a row is ${problem}`);
    say(
      differences.length === 0 ? "The read tables are what the log says." : "Mend them with: munot projections rebuild",
    );
    return differences.length === 0 ? 0 : 1;
  } finally {
    await core.close();
  }
};

const rebuild = async (settings: Settings): Promise<number> => {
  const core = await openCore(settings);
  try {
    const { database, sealer } = core;
    await rebuildProjections({ database, parts, sealer, tables: projectionTables });
    say("The read tables have been written anew from the log.");
    return 0;
  } finally {
    await core.close();
  }
};

const audit = async (settings: Settings): Promise<number> => {
  const database = await openDatabase<Database>({ ...placeOf(settings), readOnly: true });
  try {
    const { events, breaks } = await verifyChain(database);
    for (const { kind, id, version, problem } of breaks) say(`${kind} ${id}, event ${version}: ${problem}`);
    say(breaks.length === 0 ? `${events} events, every chain holds.` : `${breaks.length} chains are broken.`);
    return breaks.length === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
};

const backUp = async (settings: Settings, { to }: Options): Promise<number> => {
  if (settings.databaseUrl !== null) {
    say("This installation is on PostgreSQL: back it up with pg_dump, see docs/guides/backup-and-restore.md.");
    return 1;
  }
  if (to === null) {
    say("Say where to: munot backup --to <new file>");
    return 2;
  }
  if (existsSync(to)) {
    say(`${to} is there already: name a new file.`);
    return 1;
  }
  backUpSqlite(settings.dataDir, to);
  say(`The database is in ${to}. It is of no use without the master key, which belongs in another place:`);
  say(settings.masterKey === null ? `  ${settings.masterKeyFile}` : "  MUNOT_MASTERKEY");
  return 0;
};

const commands: Readonly<Record<string, Command>> = {
  start: { help: "serve (what npm start does)", run: serve },
  doctor: {
    help: "check settings, database, clock and keys, and say what to do",
    run: (settings) => doctor(settings, say),
  },
  "admin link": { help: "make a one-time link that makes an administrator", run: adminLink },
  "admin recover": { help: "the same when all administrators are locked out; none is touched", run: adminLink },
  keys: {
    help: "say which master key the database needs, and list the web keys; may run beside the server",
    run: (settings) => listKeys(settings, say),
  },
  "keys rotate": {
    help: "let another web key sign, of the same kind or of --algorithm; asks for patience until all can know it",
    run: rotateKeys,
  },
  backup: { help: "copy the embedded database to a new file (--to), beside the running server", run: backUp },
  "projections verify": {
    help: "compare the read tables with the log (embedded database: with the server stopped)",
    run: verify,
  },
  "projections rebuild": { help: "write the read tables anew from the log (with the server stopped)", run: rebuild },
  "audit verify": { help: "check the hash chain of every stream; may run beside the server", run: audit },
};

const usage = (): string =>
  [
    "munot <command> [--settings <file>]",
    "",
    ...Object.entries(commands).map(([name, { help }]) => `  ${name.padEnd(22)}${help}`),
  ].join("\n");

const main = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      settings: { type: "string" },
      to: { type: "string" },
      algorithm: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const command = commands[positionals.join(" ")];
  if (values.help || command === undefined) {
    say(usage());
    return values.help ? 0 : 2;
  }
  return command.run(readSettings(values.settings ?? null), {
    to: values.to ?? null,
    algorithm: values.algorithm ?? null,
  });
};

try {
  const code = await main(process.argv.slice(2));
  if (code >= 0) process.exit(code);
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}
