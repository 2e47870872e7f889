import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { missingEntries, readLock } from "../../tools/complete-lock.ts";

const root = join(import.meta.dirname, "../..");

test("the lock file holds the optional packages of every platform, so that npm ci runs on each", () => {
  expect(Object.keys(missingEntries(readLock()))).toEqual([]);
});

test("the lock file names no registry and no package has an install script", () => {
  for (const [name, entry] of Object.entries(readLock().packages)) {
    expect(entry, name).not.toHaveProperty("resolved");
    expect(entry, name).not.toHaveProperty("hasInstallScript");
  }
});

test("no tracked text file holds an absolute path of the machine it was written on", () => {
  const files = execFileSync("git", ["ls-files", "--", ".", ":!LICENSE"], { cwd: root, encoding: "utf8" }).split("\n");
  // Put together here, or this file would find itself.
  const homes = new RegExp(
    ["work/main", "work/shared", "root/\\.", "Users/[a-z]+/"].map((part) => `/${part}`).join("|"),
  );
  const found = files.filter((file) => file && homes.test(readFileSync(join(root, file), "utf8")));
  expect(found).toEqual([]);
});
