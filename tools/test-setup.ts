// Brings the programs that the tests run besides Node: by apt on Debian as root, elsewhere it says what is missing.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { testPrograms } from "../test/harness/programs.ts";

const missing = () => testPrograms.filter((program) => !program.find());
const titles = () =>
  missing()
    .map((program) => program.title)
    .join(", ");

const apt = (...args: string[]): void => {
  const { status } = spawnSync("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=300", ...args], {
    stdio: ["ignore", 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status !== 0) throw new Error(`apt-get ${args[0]} failed while installing for the tests: ${titles()}`);
};

/** Returns once everything is there; quick when it already is. */
export const ensureTestPrograms = (): void => {
  if (missing().length === 0) return;
  if (existsSync("/usr/bin/apt-get") && process.getuid?.() === 0) {
    console.error(`Installing for the tests: ${titles()} …`);
    apt("update");
    apt("install", "-y", "--no-install-recommends", ...missing().flatMap((program) => program.debian));
  }
  if (missing().length > 0) throw new Error(`The tests need ${titles()}: install it and put it on the PATH.`);
};
