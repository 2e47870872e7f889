import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const oldestPostgres = 14;

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const onPath = (...names: string[]): string | undefined =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable);

/** PostgreSQL's own folder of programs: Debian's, newest version first, else the one on the PATH. */
export const findPostgresBin = (): string | undefined => {
  const debian = "/usr/lib/postgresql";
  const majors = existsSync(debian) ? readdirSync(debian).map(Number) : [];
  const folders = majors
    .filter((major) => major >= oldestPostgres)
    .sort((a, b) => b - a)
    .map((major) => join(debian, String(major), "bin"));
  return [...folders, ...(process.env.PATH ?? "").split(delimiter)].find((folder) =>
    isExecutable(join(folder, "initdb")),
  );
};

export const findChromium = (): string | undefined =>
  onPath("chromium", "chromium-browser", "google-chrome-stable", "google-chrome") ??
  [
    "/usr/bin/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ].find(isExecutable);

export const findStrace = (): string | undefined => onPath("strace");

/** A program the tests run besides Node: how to find it, what Debian calls it, what to tell people elsewhere. */
interface TestProgram {
  readonly title: string;
  readonly find: () => string | undefined;
  readonly debian: readonly string[];
}

export const testPrograms: readonly TestProgram[] = [
  { title: `PostgreSQL ${oldestPostgres} or newer (initdb, postgres)`, find: findPostgresBin, debian: ["postgresql"] },
  { title: "Chromium or Chrome", find: findChromium, debian: ["chromium", "fonts-dejavu-core"] },
  // Makes the certificate of the HTTPS tests.
  { title: "OpenSSL", find: () => onPath("openssl"), debian: ["openssl"] },
  // The durability tests look at system calls; other systems than Linux have no strace.
  ...(process.platform === "linux" ? [{ title: "strace", find: findStrace, debian: ["strace"] }] : []),
];

/** Processor time that a process has used so far, in milliseconds. */
export const cpuMs = (pid: number): number => {
  if (process.platform !== "linux") {
    const { stdout } = spawnSync("ps", ["-o", "cputime=", "-p", String(pid)], { encoding: "utf8" });
    return (
      stdout
        .trim()
        .split(":")
        .reduce((sum, part) => sum * 60 + Number(part), 0) * 1_000
    );
  }
  // proc(5): utime and stime, the 14th and 15th field, in ticks of 10 ms; the name before them may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
};
