// `npm run build`: bundles the server and its command line into dist/. tools/launch.mjs runs it when the sources changed.
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "rolldown";
import { sourceStamp } from "./launch.mjs";

const root = join(import.meta.dirname, "..");
const entries = ["main", "cli"].filter((name) => existsSync(join(root, "src", `${name}.ts`)));

// Built aside and then put in place: a process that starts or builds at the same time never meets half a bundle.
const dist = join(root, "dist");
const aside = join(root, `dist.${process.pid}`);
const stamp = sourceStamp();

await build({
  cwd: root,
  input: Object.fromEntries(entries.map((name) => [name, join(root, "src", `${name}.ts`)])),
  platform: "node",
  // Native code stays where npm put it; pg asks for pg-native only where somebody installed it.
  external: [/^@node-rs\//, "pg-native"],
  logLevel: "warn",
  output: { dir: aside, format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
});
writeFileSync(join(aside, ".stamp"), stamp);

const before = `${aside}.before`;
try {
  if (existsSync(dist)) renameSync(dist, before);
  renameSync(aside, dist);
} catch (error) {
  // Another process has put its build of the same sources in place first.
  if (!existsSync(join(dist, ".stamp"))) throw error;
  rmSync(aside, { recursive: true, force: true });
}
rmSync(before, { recursive: true, force: true });
