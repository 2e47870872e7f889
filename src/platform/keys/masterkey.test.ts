import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, expect, test } from "vitest";
import { randomText } from "../crypto/secret.ts";
import {
  confirmMasterKey,
  loadMasterKey,
  type MasterKeyMark,
  type MasterKeyStore,
  masterKeyFromText,
} from "./masterkey.ts";

const folder = mkdtempSync(join(tmpdir(), "munot-masterkey-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => {
  files += 1;
  return join(folder, String(files), "masterkey");
};

const memory = (): MasterKeyStore => {
  let mark: MasterKeyMark | null = null;
  return {
    readMark: async () => mark,
    putFirstMark: async (first) => {
      mark ??= first;
    },
    replaceMark: async (from, to) => {
      if (mark?.keyId === from) mark = to;
    },
  };
};
const someKey = () => masterKeyFromText(randomText(), "a test");

test("the first start makes a key file that only its owner can read; the next start reads it", () => {
  const file = newFile();
  const made = loadMasterKey({ value: null, file, allowCreate: true });
  expect(made.origin).toBe("created");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).toMatch(/^[A-Za-z0-9_-]{43}\n$/);
  expect(readdirSync(join(file, ".."))).toEqual(["masterkey"]);
  const again = loadMasterKey({ value: null, file, allowCreate: true });
  expect(again.origin).toBe("file");
  expect(again.masterKey.id).toBe(made.masterKey.id);
});

test("a key is not made unless allowed, and the message says what to set", () => {
  expect(() => loadMasterKey({ value: null, file: newFile(), allowCreate: false })).toThrow(/set MUNOT_MASTERKEY/);
});

test("the setting goes before the file", () => {
  const file = newFile();
  loadMasterKey({ value: null, file, allowCreate: true });
  const value = randomText();
  expect(loadMasterKey({ value, file, allowCreate: false })).toMatchObject({
    origin: "setting",
    masterKey: { id: masterKeyFromText(value, "x").id },
  });
});

test.each(["", "short", randomText(31), randomText(33), `${randomText()}=`, "x".repeat(43)])(
  "a key file that holds %j is refused and never overwritten",
  (text) => {
    const file = newFile();
    loadMasterKey({ value: null, file, allowCreate: true });
    writeFileSync(file, text);
    expect(() => loadMasterKey({ value: null, file, allowCreate: true })).toThrow(/does not hold a master key/);
    expect(readFileSync(file, "utf8")).toBe(text);
  },
);

test("a master key does not show itself", () => {
  const text = randomText();
  const key = masterKeyFromText(text, "x");
  expect(inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key)).not.toContain(text.slice(0, 10));
});

test("a database accepts its own key only, and says which one it misses", async () => {
  const store = memory();
  const [own, other] = [someKey(), someKey()];
  expect(await confirmMasterKey(own, null, store)).toBe("confirmed");
  expect(await confirmMasterKey(own, null, store)).toBe("confirmed");
  await expect(confirmMasterKey(other, null, store)).rejects.toThrow(own.id);
  await expect(confirmMasterKey(other, someKey(), store)).rejects.toThrow("is not the one of this database");
  expect(await confirmMasterKey(other, own, store)).toBe("rotated");
});
