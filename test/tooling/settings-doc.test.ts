import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settingsDoc } from "../../tools/settings-doc.ts";

test("docs/settings.md says what the table of settings says", () => {
  const written = readFileSync(join(import.meta.dirname, "..", "..", "docs", "settings.md"), "utf8");
  expect(written, "run: node tools/settings-doc.ts").toBe(settingsDoc());
});
