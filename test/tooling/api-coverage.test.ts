import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { coverage, listedServices } from "../../tools/api-coverage.ts";

test("docs/api-coverage.md says what is built", async () => {
  const written = readFileSync(join(import.meta.dirname, "..", "..", "docs", "api-coverage.md"), "utf8");
  expect(written, "run: node tools/api-coverage.ts").toBe(await coverage(await listedServices()));
});
