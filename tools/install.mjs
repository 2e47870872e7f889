// Installs the locked packages when they are missing or another lock file put them there. Plain JavaScript on Node's
// built-ins only: it runs on whatever Node (>= 20) the machine has, before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
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
  // `--engine-strict=false`: packages may ask for that Node, which is not the one that runs npm now.
  const args = [
    "ci",
    "--include=optional",
    "--include=dev",
    "--engine-strict=false",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  // With the Node that runs npm, not the carried one that `npm ci` is about to replace.
  const { npm_execpath: npmCli, npm_node_execpath: npmNode = process.execPath } = process.env;
  /** @type {import("node:child_process").StdioOptions} */
  const stdio = ["ignore", 2, 2];
  const { status, error } = npmCli
    ? spawnSync(npmNode, [npmCli, ...args], { cwd: root, stdio })
    : spawnSync("npm", args, { cwd: root, stdio, shell: process.platform === "win32" });
  if (status !== 0) {
    console.error(`npm ci failed${error ? `: ${error.message}` : ""}. Nothing was started; see the lines above.`);
    process.exit(1);
  }
  // The scripts say `exec node …`, so that a signal to npm reaches Munot and not just the shell between them. The shell of
  // Windows has no `exec`: there it is a file that runs what follows.
  if (process.platform === "win32") writeFileSync(join(root, "node_modules", ".bin", "exec.cmd"), "@%*\r\n");
  // Written last: an installation that was interrupted has no stamp and is made anew.
  writeFileSync(stampFile, stamp);
}
