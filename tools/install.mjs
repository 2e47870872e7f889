// Installs the locked packages when they are missing or another lock file put them there. Plain JavaScript on Node's
// built-ins only: it runs on whatever Node (>= 20) the machine has, before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const stampFile = join(root, "node_modules", ".munot-stamp");

const stamp = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .update(`${process.platform}-${process.arch}`)
  .digest("hex");

const installedStamp = () => {
  try {
    return readFileSync(stampFile, "utf8");
  } catch {
    return "";
  }
};

if (installedStamp() !== stamp) {
  rmSync(stampFile, { force: true });
  console.error("Installing the locked packages …");
  // `--include=optional`: the Node that runs Munot is an optional package (one per platform).
  // `--engine-strict=false`: `engines` names that Node, not the one that runs npm now.
  const args = [
    "ci",
    "--include=optional",
    "--include=dev",
    "--engine-strict=false",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const npmCli = process.env.npm_execpath;
  const { status, error } = npmCli
    ? spawnSync(process.execPath, [npmCli, ...args], { cwd: root, stdio: ["ignore", 2, 2] })
    : spawnSync("npm", args, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (status !== 0) {
    console.error(`npm ci failed${error ? `: ${error.message}` : ""}. Nothing was started; see the lines above.`);
    process.exit(1);
  }
  // Written last: an installation that was interrupted has no stamp and is made anew.
  writeFileSync(stampFile, stamp);
}
