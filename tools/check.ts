// `npm run check`: types, lint, format, import rules, floating promises, dead code; all at once, output of what failed.
import { execFile } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

const checks: Readonly<Record<string, readonly string[]>> = {
  types: ["tsc", "--noEmit", "-p", "."],
  "lint, format, imports": ["biome", "check", "--error-on-warnings", "--diagnostic-level=warn", "--max-diagnostics=50"],
  promises: ["oxlint", "--type-aware", "--deny-warnings"],
  "dead code": ["knip"],
};

const run = (name: string, [program = "", ...args]: readonly string[]): Promise<boolean> =>
  new Promise((resolve) => {
    const started = performance.now();
    const file = join(root, "node_modules", ".bin", program);
    const options = { cwd: root, maxBuffer: 64 * 1024 * 1024, shell: process.platform === "win32" };
    execFile(file, args, options, (error, stdout, stderr) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${error ? "✗" : "✓"} ${name} (${[program, ...args].join(" ")}, ${seconds} s)`);
      if (error) console.log(`${stdout}${stderr}`.trim() || error.message);
      resolve(!error);
    });
  });

/** True when the whole tree keeps the rules. */
export const check = async (): Promise<boolean> => {
  const results = await Promise.all(Object.entries(checks).map(([name, command]) => run(name, command)));
  return results.every(Boolean);
};

if (import.meta.main && !(await check())) process.exitCode = 1;
