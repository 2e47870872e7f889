import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askControl, openControl } from "./control.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "munot-control-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("the command line reaches the running server, and only its owner may", async () => {
  const control = await openControl(dir, { double: async (input) => ({ twice: Number(input) * 2 }) });
  expect(statSync(join(dir, "munot.sock")).mode & 0o777).toBe(0o600);
  expect(await askControl(dir, "double", 21)).toEqual({ answer: { twice: 42 } });
  await expect(askControl(dir, "halve", 21)).rejects.toThrow("unknown action halve");
  await expect(askControl(dir, "constructor", 21)).rejects.toThrow("unknown action");
  await control?.close();
  expect(await askControl(dir, "double", 21)).toBeNull();
});

test("a folder without a running server answers with nothing", async () => {
  expect(await askControl(join(dir, "none"), "double", 1)).toBeNull();
});
