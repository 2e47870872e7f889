import { expect, test } from "vitest";
import { migrations } from "../../migrations/index.ts";
import { instant } from "../../src/kernel/time.ts";
import { contract, expand, type Migration, migrate, SchemaTooNew } from "../../src/platform/db/migration.ts";
import { openDatabase } from "../../src/platform/db/open.ts";
import { describeOnBothDatabases } from "../harness/store.ts";
import { contractSetup } from "./fixture.ts";

const at = instant(1);
const step = (name: string, ...sql: readonly string[]): Migration => ({ name, up: () => sql });
const drop = (name: string): Migration => ({ name, kind: "contract", up: () => ["drop table extra"] });

describeOnBothDatabases("migrations", (open) => {
  const before = contractSetup.migrations;

  test("each step runs once, however many processes start together", async () => {
    const { database, place } = await open(contractSetup);
    const added = [...before, step("9002", "create table extra (id integer)"), step("9003", "drop table extra")];
    const databases =
      "url" in place ? [database, await openDatabase({ ...place }), await openDatabase({ ...place })] : [database];
    const applied = await Promise.all([...databases, database].map((one) => migrate(one, added, at)));
    expect(applied.flat()).toEqual(["9002", "9003"]);
    for (const one of databases.slice(1)) await one.close();
  });

  test("a step that fails leaves nothing of itself, nor of those before it", async () => {
    const { database } = await open(contractSetup);
    const good = step("9002", "create table extra (id integer)");
    await expect(migrate(database, [...before, good, step("9003", "create nonsense")], at)).rejects.toThrow(/nonsense/);
    expect(await migrate(database, [...before, good], at)).toEqual(["9002"]);
  });

  test("a program works on a schema that a newer one has expanded, and is refused once that has contracted it", async () => {
    const { place, close } = await open(contractSetup);
    await close();
    const database = await openDatabase({ ...place });
    const newer = [...before, step("9002-newer", "create table extra (id integer)"), drop("9003-contracted")];
    await expand(database, newer, { at });
    expect(await migrate(database, before, at)).toEqual([]);
    await contract(database, newer, at, async () => true);
    await expect(migrate(database, before, at)).rejects.toThrow(SchemaTooNew);
    expect(await migrate(database, newer, at)).toEqual([]);
    await database.close();
  });

  test("steps that take away wait, in order, until they may run; those that add do not wait for them", async () => {
    const { database } = await open(contractSetup);
    await migrate(database, [...before, step("9002", "create table extra (id integer)")], at);
    const steps = [
      ...before,
      step("9002", "create table extra (id integer)"),
      drop("9003"),
      step("9004", "create table more (id integer)"),
      { ...drop("9005"), up: () => ["drop table more"] },
    ];
    expect(await expand(database, steps, { at })).toEqual(["9004"]);
    expect(await contract(database, steps, at, async (_run, number) => number > 9003)).toEqual([]);
    expect(await contract(database, steps, at, async () => true)).toEqual(["9003", "9005"]);
  });

  test("all of the product's steps apply", async () => {
    const { database } = await open({ ...contractSetup, migrations });
    expect(await migrate(database, migrations, at)).toEqual([]);
  });
});
