import { expect, test } from "vitest";
import { type InstanceId, instanceId } from "../../kernel/ids.ts";
import { randomText } from "../crypto/secret.ts";
import { SealBroken } from "./aead.ts";
import { createInstanceKeys, type InstanceKeyStore, type WrappedInstanceKey } from "./instance-keys.ts";
import { MasterKeyError, type MasterKeyMark, type MasterKeyStore, masterKeyFromText } from "./masterkey.ts";

const one = instanceId.parse("1");
const two = instanceId.parse("2");
const someKey = () => masterKeyFromText(randomText(), "a test");

const memory = (): InstanceKeyStore & MasterKeyStore & { readonly rows: Map<InstanceId, WrappedInstanceKey> } => {
  let mark: MasterKeyMark | null = null;
  const rows = new Map<InstanceId, WrappedInstanceKey>();
  return {
    rows,
    readMark: async () => mark,
    putFirstMark: async (first) => {
      mark ??= first;
    },
    replaceMark: async (from, to) => {
      if (mark?.keyId === from) mark = to;
    },
    readKey: async (id) => rows.get(id) ?? null,
    putFirstKey: async (row) => {
      if (!rows.has(row.instanceId)) rows.set(row.instanceId, row);
    },
    listWrappedByOthers: async (keyId, limit) =>
      [...rows.values()].filter((row) => row.keyId !== keyId).slice(0, limit),
    listKeys: async (after, limit) =>
      [...rows.values()]
        .filter((row) => row.instanceId > after)
        .sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1))
        .slice(0, limit),
    replaceKey: async (row, from) => {
      if (rows.get(row.instanceId)?.keyId === from) rows.set(row.instanceId, row);
    },
  };
};

test("each instance has its own key, the same for every process and every caller", async () => {
  const store = memory();
  const masterKey = someKey();
  const here = createInstanceKeys({ masterKey, previous: null, store });
  const there = createInstanceKeys({ masterKey, previous: null, store });
  await Promise.all([here.open(one), there.open(one), here.open(one), here.open(two)]);
  expect(here.logKeyOf(one)).toHaveLength(32);
  expect(there.logKeyOf(one)).toEqual(here.logKeyOf(one));
  expect(here.logKeyOf(two)).not.toEqual(here.logKeyOf(one));
});

test("openAll opens every stored key; an instance without one is not opened by chance", async () => {
  const store = memory();
  const masterKey = someKey();
  const before = createInstanceKeys({ masterKey, previous: null, store });
  const ids = Array.from({ length: 250 }, (_, index) => instanceId.parse(`i${index}`));
  for (const id of ids) await before.open(id);
  const after = createInstanceKeys({ masterKey, previous: null, store });
  expect(() => after.logKeyOf(one)).toThrow("was not opened");
  await after.openAll();
  for (const id of ids) expect(after.logKeyOf(id)).toEqual(before.logKeyOf(id));
  expect(() => after.logKeyOf(one)).toThrow("was not opened");
  after.forget(instanceId.parse("i1"));
  expect(() => after.logKeyOf(instanceId.parse("i1"))).toThrow("was not opened");
});

test("an instance's key does not open as another instance's", async () => {
  const store = memory();
  const masterKey = someKey();
  await createInstanceKeys({ masterKey, previous: null, store }).open(one);
  const row = store.rows.get(one);
  expect(row).toBeDefined();
  if (row === undefined) return;
  store.rows.set(two, { ...row, instanceId: two });
  await expect(createInstanceKeys({ masterKey, previous: null, store }).open(two)).rejects.toThrow(SealBroken);
});

test("a secret opens under its own instance and label only", async () => {
  const keys = createInstanceKeys({ masterKey: someKey(), previous: null, store: memory() });
  const sealed = await keys.sealSecret(one, "web_key:7", "a private key");
  expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(Buffer.from(await keys.openSecret(one, "web_key:7", sealed)).toString()).toBe("a private key");
  await expect(keys.openSecret(one, "web_key:8", sealed)).rejects.toThrow(SealBroken);
  await expect(keys.openSecret(two, "web_key:7", sealed)).rejects.toThrow(SealBroken);
});

test("after a rotation all keys are wrapped by the new master key alone, and secrets still open", async () => {
  const store = memory();
  const [former, next] = [someKey(), someKey()];
  const before = createInstanceKeys({ masterKey: former, previous: null, store });
  expect(await before.confirm()).toBe("confirmed");
  const ids = Array.from({ length: 250 }, (_, index) => instanceId.parse(`i${index}`));
  for (const id of ids) await before.open(id);
  const sealed = await before.sealSecret(one, "web_key:7", "a private key");

  await expect(createInstanceKeys({ masterKey: next, previous: null, store }).confirm()).rejects.toThrow(
    MasterKeyError,
  );
  expect(await createInstanceKeys({ masterKey: next, previous: former, store }).confirm()).toBe("rotated");
  expect([...store.rows.values()].every((row) => row.keyId === next.id)).toBe(true);

  const after = createInstanceKeys({ masterKey: next, previous: null, store });
  expect(await after.confirm()).toBe("confirmed");
  expect(Buffer.from(await after.openSecret(one, "web_key:7", sealed)).toString()).toBe("a private key");
});

test("a rotation that stopped half-way opens both kinds of keys and goes on at the next start", async () => {
  const store = memory();
  const [former, next] = [someKey(), someKey()];
  const before = createInstanceKeys({ masterKey: former, previous: null, store });
  await before.confirm();
  await before.open(one);
  await before.open(two);
  let left = 1;
  const failing = {
    ...store,
    replaceKey: async (row: WrappedInstanceKey, from: string) => {
      if (left === 0) throw new Error("stopped");
      left -= 1;
      await store.replaceKey(row, from);
    },
  };
  await expect(createInstanceKeys({ masterKey: next, previous: former, store: failing }).confirm()).rejects.toThrow(
    "stopped",
  );
  const resumed = createInstanceKeys({ masterKey: next, previous: former, store });
  await resumed.openAll();
  for (const id of [one, two]) expect(resumed.logKeyOf(id)).toEqual(before.logKeyOf(id));
  expect(await resumed.confirm()).toBe("rotated");
  expect([...store.rows.values()].every((row) => row.keyId === next.id)).toBe(true);
});

test("a failed read is not remembered", async () => {
  const store = memory();
  let away = true;
  const keys = createInstanceKeys({
    masterKey: someKey(),
    previous: null,
    store: { ...store, readKey: async (id) => (away ? Promise.reject(new Error("away")) : store.readKey(id)) },
  });
  await expect(keys.open(one)).rejects.toThrow("away");
  away = false;
  await keys.open(one);
  expect(keys.logKeyOf(one)).toHaveLength(32);
});
