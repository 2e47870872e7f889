import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

/** Stores a scenario's figures with the commit and the machine they belong to. */
export const record = (scenario: string, figures: object): void => {
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).stdout.trim();
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const result = { scenario, at: new Date().toISOString(), commit, machine, figures };
  writeFileSync(join(folder, `${scenario}.json`), `${JSON.stringify(result, null, 2)}\n`);
};
