// `npm run npm -- install x` leaves out of package-lock.json the optional packages of platforms that it could not resolve
// where it ran, and `npm ci` then refuses to run anywhere. This adds what is missing: run it after every change of the
// dependencies. (Their integrity is unknown here; npm checks it where the entry has one.)
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const lockFile = join(import.meta.dirname, "..", "package-lock.json");

const lockSchema = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      dev: z.boolean().optional(),
      version: z.string().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
type Lock = z.infer<typeof lockSchema>;

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const cpus = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** What a platform package's name says about where it runs: `binding-linux-x64-musl` → linux, x64, musl. */
const platformOf = (name: string) => {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = cpus.find((candidate) => words.includes(candidate));
  const libc = words.some((word) => word.startsWith("musl")) ? "musl" : words.includes("gnu") ? "glibc" : undefined;
  if (!cpu) throw new Error(`${name}: its platform cannot be read from its name; add it to package-lock.json by hand.`);
  return { cpu: [cpu], ...(libc && { libc: [libc] }), ...(os && { os: [os] }) };
};

/** The entries that the lock file should have for optional packages and does not. */
export const missingEntries = (lock: Lock): Record<string, Lock["packages"][string]> =>
  Object.fromEntries(
    Object.values(lock.packages).flatMap((parent) =>
      Object.entries(parent.optionalDependencies ?? {})
        .filter(([name, version]) => /^\d/.test(version) && !lock.packages[`node_modules/${name}`])
        .map(([name, version]) => {
          const dev = parent.dev ? { dev: true } : {};
          return [`node_modules/${name}`, { version, ...dev, optional: true, ...platformOf(name) }];
        }),
    ),
  );

export const readLock = (): Lock => {
  const lock: unknown = JSON.parse(readFileSync(lockFile, "utf8"));
  lockSchema.parse(lock);
  // Not what the schema made of it: that would put the keys it names first in every entry.
  return lock as Lock;
};

if (import.meta.main) {
  const lock = readLock();
  const missing = missingEntries(lock);
  const packages = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(lockFile, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
  console.log(`${Object.keys(missing).length} entries added to package-lock.json`);
}
