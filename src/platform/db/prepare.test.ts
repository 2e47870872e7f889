import { expect, test, vi } from "vitest";
import { createCompiler } from "./compiler.ts";
import { prepare } from "./prepare.ts";

type Tables = { things: { instance_id: string; name: string; size: number } };

test("a prepared statement is built once, and each run has its own values where they belong", async () => {
  const db = createCompiler<Tables>("postgres");
  const executed = vi.spyOn(db, "executeQuery");
  let built = 0;
  const find = prepare(db, ({ instance, name }: { instance: string; name: string }) => {
    built += 1;
    return db
      .selectFrom("things")
      .select("size")
      .where("size", ">", 3)
      .where("name", "=", name)
      .where("instance_id", "=", instance)
      .where("name", "!=", name);
  });
  await find({ instance: "one", name: "a" });
  await find({ instance: "two", name: "b" });
  expect(built).toBe(1);
  expect(executed.mock.calls.map(([query]) => "parameters" in query && query.parameters)).toEqual([
    [3, "a", "one", "a"],
    [3, "b", "two", "b"],
  ]);
});
