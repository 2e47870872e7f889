import { expect, test } from "vitest";
import { eventHash, genesis, type HashedColumns } from "./hash.ts";

const row: HashedColumns = {
  instance_id: "1",
  kind: "user",
  id: "2",
  version: 3,
  type: "user.human.added",
  revision: 1,
  payload: "{}",
  personal: Uint8Array.of(1, 2),
  actor: "{}",
  owner_org: null,
  at: 5,
};

test("every column and the hash before it change the hash", () => {
  const changes: readonly Partial<HashedColumns>[] = [
    { instance_id: "x" },
    { kind: "x" },
    { id: "x" },
    { version: 4 },
    { type: "x" },
    { revision: 2 },
    { payload: "x" },
    { personal: null },
    { personal: new Uint8Array() },
    { actor: "x" },
    { owner_org: "" },
    { at: 6 },
    // what moves from one column to the next is not the same row
    { kind: "use", id: "r2" },
  ];
  const hashes = [
    eventHash(genesis, row),
    eventHash(new Uint8Array(32).fill(1), row),
    ...changes.map((change) => eventHash(genesis, { ...row, ...change })),
  ].map((hash) => Buffer.from(hash).toString("hex"));
  expect(new Set(hashes).size).toBe(changes.length + 2);
});

test("the same row has the same hash for ever", () => {
  expect(Buffer.from(eventHash(genesis, row)).toString("hex")).toMatchInlineSnapshot(
    `"709dd4335531bb548c2f5630f8369da1578d9be159e0a519d2c32701839da3bb"`,
  );
});
