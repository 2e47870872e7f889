// `npm test`: the programs the tests need, the checks, the build, every test project, and one closing line that counts.
// `npm test -- <vitest arguments>` runs just those tests.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "./check.ts";
import { ensureBuilt } from "./launch.mjs";
import { closingLine, countTests } from "./test-count.ts";
import { ensureTestPrograms } from "./test-setup.ts";

const root = join(import.meta.dirname, "..");
const args = process.argv.slice(2);

/** Runs Vitest; a run that ended badly without one failed test to show for it counts as a failure of its own. */
const runTests = (projects: readonly string[]) => {
  const folder = mkdtempSync(join(tmpdir(), "munot-report-"));
  const report = join(folder, "report.json");
  const vitest = [join(root, "node_modules", "vitest", "vitest.mjs"), "run", "--reporter=default", "--reporter=json"];
  const { status } = spawnSync(process.execPath, [...vitest, `--outputFile.json=${report}`, ...projects, ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const count = existsSync(report) ? countTests(readFileSync(report, "utf8")) : { passed: 0, failed: 0, skipped: 0 };
  rmSync(folder, { recursive: true, force: true });
  return status === 0 || count.failed > 0 ? count : { ...count, failed: 1 };
};

ensureTestPrograms();
const prepared = { "npm run check": args.length > 0 || (await check()), "the build": ensureBuilt() };
// Without a build the tests that run one have nothing to say; the others do.
const tests = runTests(
  prepared["the build"] ? [] : ["http", "pair", "browser", "overload"].map((project) => `--project=!${project}`),
);
const unprepared = Object.entries(prepared).flatMap(([name, succeeded]) => (succeeded ? [] : [name]));
const count = { ...tests, failed: tests.failed + unprepared.length };

for (const name of unprepared) console.log(`✗ ${name} failed: see the beginning of this output`);
console.log(closingLine(count));
if (count.failed > 0 || count.passed === 0) process.exitCode = 1;
