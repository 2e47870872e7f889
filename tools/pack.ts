// `node tools/pack.ts <new folder>`: what a machine of this kind needs to run Munot and nothing else: the Node it is
// written for, the bundle, the native packages. The container image is made of it.
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt } from "./launch.mjs";

const root = join(import.meta.dirname, "..");

/** Start of the command line and of the server, as people type it. */
const starter = (entry: "main" | "cli") =>
  `#!/bin/sh\nfolder=$(dirname "$(readlink -f "$0")")\nexec "$folder/node" --max-semi-space-size=2 "$folder/../dist/${entry}.js" "$@"\n`;

export const pack = (folder: string): void => {
  if (existsSync(folder)) throw new Error(`${folder} is there already`);
  if (!ensureBuilt()) throw new Error("the build failed");
  mkdirSync(join(folder, "bin"), { recursive: true });
  cpSync(process.execPath, join(folder, "bin", "node"));
  for (const [name, entry] of [
    ["munot", "cli"],
    ["munot-server", "main"],
  ] as const)
    writeFileSync(join(folder, "bin", name), starter(entry), { mode: 0o755 });

  mkdirSync(join(folder, "dist"));
  for (const file of readdirSync(join(root, "dist")).filter((name) => name.endsWith(".js")))
    cpSync(join(root, "dist", file), join(folder, "dist", file));
  // What the bundle leaves out: tools/build.ts.
  cpSync(join(root, "node_modules", "@node-rs"), join(folder, "node_modules", "@node-rs"), {
    recursive: true,
    dereference: true,
  });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
};

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error("say which folder to make");
  pack(folder);
}
