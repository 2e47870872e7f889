// `npm run proto`: generates proto/gen from Munot's own services in proto/munot. buf is fetched for it and no dependency:
// its package has an install script, and nobody but who changes a service needs it.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const packages = ["@bufbuild/buf@1.75.0", "@bufbuild/protoc-gen-es@2.17.0"].map((name) => `--package=${name}`);
const { status } = spawnSync("npm", ["exec", "--yes", ...packages, "--", "buf", "generate"], {
  cwd: join(import.meta.dirname, "..", "proto"),
  stdio: "inherit",
  shell: process.platform === "win32",
});
process.exitCode = status ?? 1;
