import { bad, type Finding, good, hint } from "./finding.ts";
import type { Database } from "./platform/db/database.ts";
import { type Migration, schemaState } from "./platform/db/migration.ts";
import { knownProcesses } from "./platform/db/processes.ts";

/** How a program and the processes that live stand to the schema, and what the schema waits for. */
export const checkSchema = async <DB>(
  database: Pick<Database<DB>, "read" | "dialect">,
  migrations: readonly Migration[],
): Promise<readonly Finding[]> => {
  const { ahead, missing, waiting, epoch, newest } = await schemaState(database, migrations);
  if (epoch > newest) {
    return [bad(`the schema was contracted by step ${epoch}, this program knows ${newest}: start the newer Munot`)];
  }
  const found: Finding[] = [];
  if (missing.length > 0) found.push(hint(`the next start applies the schema steps ${missing.join(", ")}`));
  if (ahead.length > 0) found.push(hint(`a newer Munot has added to the schema: ${ahead.join(", ")}`));
  // Before its first start a database of an earlier release knows no processes.
  const none = { now: 0, known: [], live: [] };
  const { now, known, live } = await knownProcesses(database.read, database.dialect).catch(() => none);
  const ago = (seenAt: number): string => `${Math.max(0, Math.round((now - seenAt) / 1_000_000))} s ago`;
  for (const { place, version, newestStep, seenAt } of live) {
    found.push(good(`process ${place}: Munot ${version}, schema step ${newestStep}, seen ${ago(seenAt)}`));
  }
  for (const { name, step } of waiting) {
    const waitsFor = known
      .filter((one) => one.newestStep < step)
      .map(({ place, seenAt }) => `${place} (seen ${ago(seenAt)})`);
    found.push(
      hint(
        waitsFor.length === 0
          ? `schema step ${name} is due`
          : `schema step ${name} waits until these have been gone for an hour: ${waitsFor.join(", ")}`,
      ),
    );
  }
  return found;
};
