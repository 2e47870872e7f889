import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { streamRef } from "../../src/kernel/event.ts";
import type { Database } from "../../src/platform/db/database.ts";
import { createTail } from "../../src/platform/eventstore/tail.ts";
import { verifyChain } from "../../src/platform/eventstore/verify-chain.ts";
import { verifyProjections } from "../../src/platform/projections/verify.ts";
import { describeOnBothDatabases, testInstance, wallClock } from "../harness/store.ts";
import {
  addPerson,
  contractCtx,
  contractSetup,
  countPerson,
  erasePerson,
  mailPerson,
  person,
  readTables,
} from "./fixture.ts";

const secrets = [
  "Wilhelmina Quartermaine",
  "wilhelmina quartermaine",
  "wilhelmina@quartermaine.example",
  "the code is 839214",
  "192.0.2.77",
  "Contract/1.0 (suite)",
] as const;

/** Every column of every row of every table, as one text. */
const everything = async <DB>(database: Database<DB>): Promise<string> => {
  const names =
    database.dialect === "sqlite"
      ? "select name from sqlite_master where type = 'table'"
      : "select tablename as name from pg_tables where schemaname = 'public'";
  const texts: string[] = [];
  for (const { name } of await database.read({ sql: names, parameters: [] })) {
    for (const row of await database.read({ sql: `select * from ${String(name)}`, parameters: [] })) {
      for (const value of Object.values(row)) {
        texts.push(value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value));
      }
    }
  }
  return texts.join("\n");
};

const rawFiles = (dataDir: string): string =>
  readdirSync(dataDir)
    .map((file) => readFileSync(join(dataDir, file)).toString("latin1"))
    .join("\n");

describeOnBothDatabases("erasing a person", (open) => {
  test("leaves the log verifiable and no personal value in any row, nor in the bytes of the SQLite files", async () => {
    const { run, database, sealer, store, place } = await open(contractSetup);
    const asSelf = contractCtx("1");
    const [name, , email, text] = secrets;
    await run(addPerson, contractCtx(), { id: "1", name, email });
    await run(addPerson, contractCtx("1"), { id: "2", name: "Someone else", email: "else@example.com" });
    for (let count = 0; count < 200; count += 1) await run(countPerson, asSelf, { id: "1" });
    await run(mailPerson, asSelf, { id: "1", text });

    // The search finds what is there: name, folded name and address stand in read table, state and claim.
    const before = await everything(database);
    expect(secrets.slice(0, 3).filter((secret) => !before.includes(secret))).toEqual([]);
    expect(await database.read({ sql: "select job_key from jobs", parameters: [] })).toHaveLength(1);

    await run(erasePerson, asSelf, { id: "1" });

    const after = await everything(database);
    expect(secrets.filter((secret) => after.includes(secret))).toEqual([]);
    expect(await database.read({ sql: "select job_key from jobs", parameters: [] })).toEqual([]);
    if ("dataDir" in place) {
      // The job that erases a person ends with this; only then is the erasure complete.
      await database.checkpoint();
      const bytes = rawFiles(place.dataDir);
      expect(bytes).toContain("Someone else");
      expect(secrets.filter((secret) => bytes.includes(secret))).toEqual([]);
    }
    expect(await verifyChain(database)).toEqual({ events: 204, breaks: [] });
    expect(
      await verifyProjections({ ...contractSetup, database, sealer, tables: readTables, now: wallClock() }),
    ).toEqual([]);

    const { events } = await createTail({ ...contractSetup, database, sealer }).read({ after: null, limit: 10 });
    expect(events.find((event) => event.id === "1")).toMatchObject({ type: "person.added", personal: null });
    expect(events.find((event) => event.id === "2")).toMatchObject({ personal: { name: "Someone else" } });
    const [stored] = await store.load(testInstance, [streamRef(person, "1")]);
    expect(stored?.state).toEqual({ status: "erased", name: null, claim: null, count: 200 });
  });

  test("a destroyed key is never made anew: nothing more about the person can be sealed", async () => {
    const { run, database } = await open(contractSetup);
    await run(addPerson, contractCtx(), { id: "1", name: "Ada", email: "ada@example.com" });
    await run(erasePerson, contractCtx(), { id: "1" });
    await expect(run(mailPerson, contractCtx(), { id: "1", text: "hello" })).rejects.toThrow("has been erased");
    // A late request of the erased user is recorded without an address.
    await run(addPerson, contractCtx("1"), { id: "2", name: "Eve", email: "eve@example.com" });
    const [event] = await database.read({ sql: "select actor from events where id = '2'", parameters: [] });
    expect(JSON.parse(String(event?.actor))).toEqual({ kind: "user", id: "1" });
  });
});
