// Bundles the server and its command line into dist/. Run by tools/launch.mjs when the sources have changed.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "rolldown";

const root = join(import.meta.dirname, "..");
const entries = ["main", "cli"].filter((name) => existsSync(join(root, "src", `${name}.ts`)));

rmSync(join(root, "dist"), { recursive: true, force: true });
await build({
  cwd: root,
  input: Object.fromEntries(entries.map((name) => [name, join(root, "src", `${name}.ts`)])),
  platform: "node",
  // Native code stays where npm put it; pg asks for pg-native only where somebody installed it.
  external: [/^@node-rs\//, "pg-native"],
  logLevel: "warn",
  output: { dir: join(root, "dist"), format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
});
