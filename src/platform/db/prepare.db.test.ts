import { expect, test } from "vitest";
import { migrations as allMigrations } from "../../../migrations/index.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Migration } from "./migration.ts";
import { prepare, prepareKept } from "./prepare.ts";

type Notes = { notes: { instance_id: string; id: number; text: string; bytes: Uint8Array | null } };

const migrations: readonly Migration[] = [
  ...allMigrations,
  {
    name: "9999-notes",
    up: (t) => [
      `create table notes (instance_id ${t.text} not null, id ${t.int} not null, text ${t.text} not null, bytes ${t.bytes}, primary key (instance_id, id))`,
    ],
  },
];

describeOnBothDatabases("prepared reads", (open) => {
  const openNotes = async () => {
    const statements: string[] = [];
    const { database, db, instanceId } = await open<Notes, object>({
      migrations,
      parts: [],
      sources: {},
      observe: ({ sql }) => statements.push(sql),
    });
    const put = (id: number, text: string) =>
      database.compiler
        .insertInto("notes")
        .values({ instance_id: instanceId, id, text, bytes: null })
        .onConflict((on) => on.columns(["instance_id", "id"]).doUpdateSet({ text }))
        .compile();
    const build = ({ id }: { readonly id: number }) =>
      db.selectFrom("notes").select(["id", "text", "bytes"]).where("instance_id", "=", instanceId).where("id", "=", id);
    const read = prepare(db, build);
    const readKept = prepareKept(db, 10, build);
    return { database, statements, put, read, readKept };
  };

  test("a write is seen by every read that begins after it was acknowledged, kept answers included", async () => {
    const { database, put, read, readKept } = await openNotes();
    for (let round = 0; round < 20; round += 1) {
      const text = `round ${round}`;
      // Reads of the same turn, before, beside and after the write.
      const before = [read({ id: 1 }), readKept({ id: 1 })];
      await database.write([put(1, text)]);
      expect(await read({ id: 1 })).toMatchObject([{ id: 1, text }]);
      expect(await readKept({ id: 1 })).toMatchObject([{ id: 1, text }]);
      await Promise.all(before);
      expect(await readKept({ id: 1 })).toMatchObject([{ id: 1, text }]);
    }
  });

  test("many readers and writers at once: whoever was told of a write never reads an older one", async () => {
    const { database, put, readKept } = await openNotes();
    await Promise.all(
      Array.from({ length: 20 }, async (_, id) => {
        for (let n = 0; n < 10; n += 1) {
          await database.write([put(id, String(n))]);
          const [row] = await readKept({ id });
          expect(row?.text).toBe(String(n));
        }
      }),
    );
  });

  test("a read that fails takes none with it that was asked beside it", async () => {
    const { read, put, database } = await openNotes();
    await database.write([put(1, "one")]);
    // A number that no column of whole numbers holds, on either database.
    const results = await Promise.allSettled([read({ id: 1 }), read({ id: Number.NaN }), read({ id: 1 })]);
    expect(results.map(({ status }) => status)).toContain("fulfilled");
    expect(results[0]).toMatchObject({ status: "fulfilled", value: [{ text: "one" }] });
    expect(results[2]).toMatchObject({ status: "fulfilled", value: [{ text: "one" }] });
  });

  test("statements are reported as they run", async () => {
    const { read, statements } = await openNotes();
    const before = statements.length;
    await Promise.all([read({ id: 1 }), read({ id: 2 })]);
    expect(statements.slice(before)).toHaveLength(2);
  });
});
