// Runs dist/<entry>.js, built first where the sources have changed since. The server's start goes through here, so this
// file is plain JavaScript on Node's built-ins, and the bundler is another process.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import * as nodeModule from "node:module";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const stampFile = join(root, "dist", ".stamp");

/** Name, size and time of every file that goes into the bundle: two milliseconds where reading them all takes twenty. */
export const sourceStamp = () => {
  const hash = createHash("sha256");
  const sources = ["src", "migrations", "proto"].filter((folder) => existsSync(join(root, folder)));
  const files = sources
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((f) => join(folder, f)),
    )
    .filter((name) => !name.endsWith(".test.ts"));
  files.push("package-lock.json", join("tools", "build.ts"));
  files.sort();
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
};

const builtStamp = () => {
  try {
    return readFileSync(stampFile, "utf8");
  } catch {
    return "";
  }
};

/** Builds dist/ where it does not match the sources; false when that failed. */
export const ensureBuilt = () => {
  if (builtStamp() === sourceStamp()) return true;
  const build = join(root, "tools", "build.ts");
  return spawnSync(process.execPath, [build], { cwd: root, stdio: ["ignore", 2, 2] }).status === 0;
};

/** @param {"main" | "cli"} entry */
export const launch = async (entry) => {
  if (Number.parseInt(process.versions.node, 10) < 26) {
    console.error(
      `Munot runs on the Node 26 that npm installs with it, not on ${process.version}: start it by npm start.`,
    );
    process.exit(1);
  }
  if (!ensureBuilt()) process.exit(1);
  nodeModule.enableCompileCache(join(root, "dist", ".compile-cache"));
  // The entry module's import settles when it is ready: what has been compiled until then is worth keeping.
  await import(`../dist/${entry}.js`);
  nodeModule.flushCompileCache();
};

if (import.meta.main) await launch("main");
