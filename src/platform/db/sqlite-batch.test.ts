import { expect, test } from "vitest";
import { type Statement, StatementFailed } from "./database.ts";
import { runBatch, sqliteWriter } from "./sqlite-batch.ts";
import { openConnection } from "./sqlite-connection.ts";

const opened = () => {
  const connection = openConnection(":memory:");
  connection.exec(`pragma foreign_keys = on;
    create table owners (id integer primary key);
    create table items (id integer primary key, owner integer references owners (id) deferrable initially deferred)`);
  return connection;
};
const insert = (id: number, owner: number | null = null) => ({
  sql: "insert into items (id, owner) values (?, ?)",
  parameters: [id, owner],
});
/** A conflict that takes the whole transaction with it, as a full disk may (sqlite.org/lang_conflict.html). */
const tearing = (id: number) => ({ sql: "insert or rollback into items (id) values (?)", parameters: [id] });

const units = (...lists: readonly (readonly Statement[])[]) => lists.map((statements) => ({ statements }));
const outcomesOf = (outcomes: ReturnType<typeof runBatch>) =>
  outcomes.map((one) => ("rows" in one ? "stored" : "failed"));
const stored = (connection: ReturnType<typeof opened>) =>
  connection.run({ sql: "select id from items order by id", parameters: [] }).map((row) => row.id);

test("a failing unit leaves no trace, the others are stored", () => {
  const connection = opened();
  const outcomes = runBatch(connection, units([insert(1)], [insert(2), insert(1)], [insert(3)]));
  expect(outcomesOf(outcomes)).toEqual(["stored", "failed", "stored"]);
  expect(outcomes[1]).toMatchObject({ error: { index: 1, reason: "unique" } });
  expect(stored(connection)).toEqual([1, 3]);
});

test("a failure that ends the transaction harms only its own unit: those before it run again", () => {
  const connection = opened();
  const outcomes = runBatch(
    connection,
    units([insert(1)], [insert(2)], [insert(9), tearing(1)], [insert(3)], [tearing(2)]),
  );
  expect(outcomesOf(outcomes)).toEqual(["stored", "stored", "failed", "stored", "failed"]);
  expect(stored(connection)).toEqual([1, 2, 3]);
});

test("a unit that makes the commit fail is found by storing the units one by one", () => {
  const connection = opened();
  const outcomes = runBatch(connection, units([insert(1)], [insert(2, 404)], [insert(3)]));
  expect(outcomesOf(outcomes)).toEqual(["stored", "failed", "stored"]);
  expect(outcomes[1]).toMatchObject({ error: { index: 1 } });
  expect(stored(connection)).toEqual([1, 3]);
});

test("units that failed earlier keep their own error when the commit fails too", () => {
  const connection = opened();
  const outcomes = runBatch(connection, units([insert(1)], [insert(1)], [insert(2, 404)]));
  expect(
    outcomes.map((one) => ("error" in one && one.error instanceof StatementFailed ? one.error.reason : "stored")),
  ).toEqual(["stored", "unique", "other"]);
  expect(stored(connection)).toEqual([1]);
});

test("the rows that a statement returns reach its unit", () => {
  const connection = opened();
  const [outcome] = runBatch(connection, units([insert(4), { sql: "delete from items returning id", parameters: [] }]));
  expect(outcome).toMatchObject({ rows: [[], [{ id: 4 }]] });
});

test("work that must be alone waits for no batch and lets none in", async () => {
  const connection = opened();
  const writer = sqliteWriter(connection);
  const order: string[] = [];
  const alone = writer.alone(async () => {
    order.push("alone begins");
    await new Promise((done) => setTimeout(done, 5));
    order.push("alone ends");
  });
  const write = writer.write([insert(1)]).then(() => order.push("stored"));
  await Promise.all([alone, write]);
  expect(order).toEqual(["alone begins", "alone ends", "stored"]);
});
