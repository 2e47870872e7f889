import { expect, test } from "vitest";
import { eventlog } from "../../../migrations/0001-eventlog.ts";
import { keys } from "../../../migrations/0005-keys.ts";
import { projectedLevels } from "../../../migrations/0014-projected-levels.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import { instanceId } from "../../kernel/ids.ts";
import { randomText } from "../crypto/secret.ts";
import { createInstanceKeys } from "./instance-keys.ts";
import { createKeyStore } from "./key-store.ts";
import { masterKeyFromText } from "./masterkey.ts";

const one = instanceId.parse("1");
const two = instanceId.parse("2");
const someKey = () => masterKeyFromText(randomText(), "a test");

describeOnBothDatabases("keys in the database", (open) => {
  const fresh = async () => {
    const { database } = await open({ migrations: [eventlog, keys, projectedLevels], parts: [], sources: {} });
    return createKeyStore(database);
  };

  test("two processes that start at once end with the same master key mark and instance key, or one refuses", async () => {
    const store = await fresh();
    const masterKey = someKey();
    const processes = [0, 1, 2].map(() => createInstanceKeys({ masterKey, previous: null, store }));
    await Promise.all(processes.map((keysOf) => keysOf.confirm()));
    await Promise.all(processes.map((keysOf) => keysOf.open(one)));
    const found = processes.map((keysOf) => Buffer.from(keysOf.logKeyOf(one)).toString("hex"));
    expect(new Set(found).size).toBe(1);
    await expect(createInstanceKeys({ masterKey: someKey(), previous: null, store }).confirm()).rejects.toThrow(
      masterKey.id,
    );
  });

  test("a rotation wraps every key anew and the former master key is not needed after it", async () => {
    const store = await fresh();
    const [former, next] = [someKey(), someKey()];
    const before = createInstanceKeys({ masterKey: former, previous: null, store });
    await before.confirm();
    await before.open(one);
    await before.open(two);
    const sealed = await before.sealSecret(one, "web_key:1", "a private key");
    expect(await createInstanceKeys({ masterKey: next, previous: former, store }).confirm()).toBe("rotated");
    const after = createInstanceKeys({ masterKey: next, previous: null, store });
    expect(await after.confirm()).toBe("confirmed");
    await after.openAll();
    expect(after.logKeyOf(two)).toEqual(before.logKeyOf(two));
    expect(Buffer.from(await after.openSecret(one, "web_key:1", sealed)).toString()).toBe("a private key");
  });
});
