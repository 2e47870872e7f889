import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { instanceOwner } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import { matchesText } from "../../platform/db/text-match.ts";
import { addOrganization } from "../org/add-organization.ts";
import { addHumanUser } from "./add-human-user.ts";
import { deactivateUser } from "./deactivate-user.ts";
import { removeUser } from "./remove-user.ts";
import { updateUser } from "./update-user.ts";
import { type HumanView, userReader } from "./user.queries.ts";
import type { UserFilter } from "./user-search.queries.ts";

const methods = [
  "equals",
  "equals_ignore_case",
  "starts_with",
  "starts_with_ignore_case",
  "contains",
  "contains_ignore_case",
  "ends_with",
  "ends_with_ignore_case",
] as const;

// What patterns, quotes, case and Unicode do to careless comparisons.
const awkward = ["a", "A", "b", "%", "_", "\\", "'", '"', "*", "ß", "İ", "é", "e\u0301", "ﬁ", "Ω", "😀", " "] as const;
const names = fc.array(fc.constantFrom(...awkward), { maxLength: 5 }).map((parts) => parts.join(""));
const fields = ["givenName", "familyName", "nickName", "displayName"] as const;

const filters = fc.letrec<{ filter: UserFilter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: "small", maxDepth: 3 },
    fc.record({
      is: fc.constant("text"),
      field: fc.constantFrom(...fields),
      value: names,
      method: fc.constantFrom(...methods),
    }),
    fc.record({ is: fc.constant("state"), state: fc.constantFrom("active", "inactive", null) }),
    fc.record({ is: fc.constant("type"), type: fc.constantFrom("human", "machine", null) }),
    fc.record({ is: fc.constant("and"), of: fc.array(tie("filter"), { maxLength: 3 }) }),
    fc.record({ is: fc.constant("or"), of: fc.array(tie("filter"), { maxLength: 3 }) }),
    fc.record({ is: fc.constant("not"), of: tie("filter") }),
  ),
})).filter;

/** What a filter means, said without SQL. */
const means = (filter: UserFilter, user: HumanView): boolean => {
  switch (filter.is) {
    case "text":
      return matchesText(user[filter.field as (typeof fields)[number]], filter.method, filter.value);
    case "state":
      return user.state === filter.state;
    case "type":
      return user.type === filter.type;
    case "and":
      return filter.of.every((one) => means(one, user));
    case "or":
      return filter.of.some((one) => means(one, user));
    case "not":
      return !means(filter.of, user);
    default:
      throw new Error(`not generated here: ${filter.is}`);
  }
};

describeOnBothDatabases("searches for users", (open) => {
  let directory: Awaited<ReturnType<typeof openDirectory>>;
  let orgId: string;
  beforeAll(async () => {
    directory = await openDirectory(open);
    const root = () => directory.as(instanceOwner());
    orgId = (await directory.run(addOrganization, root(), { name: "Awkward" })).result.orgId;
    const people = fc.sample(fc.tuple(names, names, names, names), { numRuns: 40, seed: 20 });
    for (const [index, [given, family, nickName, displayName]] of people.entries()) {
      const added = await directory.run(addHumanUser, root(), {
        orgId,
        userName: `user-${index}`,
        // Names may not be blank.
        givenName: `${given}x`,
        familyName: `${family}x`,
        nickName,
        displayName: displayName.trim(),
        email: `user-${index}@acme.example`,
        emailVerification: "verified",
      });
      if (index % 4 === 0) await directory.run(deactivateUser, root(), { userId: added.result.userId });
    }
  });

  test("any filter finds exactly the users whom it means, and counts them", async () => {
    const reader = userReader({ db: directory.db });
    const list = async (given: readonly UserFilter[], limit = 1_000) =>
      reader.list(directory.as(instanceOwner()), {
        filters: [{ is: "org", orgId }, ...given],
        sortBy: "created",
        page: { offset: 0, limit, asc: true },
      });
    const everybody = (await list([])).rows.filter((user) => user.type === "human");
    expect(everybody).toHaveLength(40);
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const expected = everybody.filter((user) => means(filter, user)).map(({ userId }) => userId);
        const found = await list([filter]);
        expect(found.rows.map(({ userId }) => userId)).toEqual(expected);
        expect((await list([filter], 1)).total).toBe(expected.length);
      }),
      { numRuns: 150 },
    );
  });

  test("parts of a name are found while it is the user's, and are gone from the index with the name and with the user", async () => {
    const root = () => directory.as(instanceOwner());
    const { userId } = (
      await directory.run(addHumanUser, root(), {
        orgId,
        userName: "quixotic-zebra",
        givenName: "Quentin",
        familyName: "Zebra",
        email: "quixotic@acme.example",
        emailVerification: "verified",
      })
    ).result;
    const reader = userReader({ db: directory.db });
    const search = async (value: string) => {
      const filters: UserFilter[] = [{ is: "text", field: "userName", value, method: "contains_ignore_case" }];
      const page = { offset: 0, limit: 10, asc: true } as const;
      return (await reader.list(root(), { filters, sortBy: "created", page })).rows.map((user) => user.userId);
    };
    const inIndex = async (part: string): Promise<number> => {
      if (directory.database.dialect === "postgres") return 0;
      const sql = "select rowid from user_texts where user_texts match ?";
      return (await directory.database.read({ sql, parameters: [`"${part}"`] })).length;
    };
    expect([await search("XOTIC-ZE"), await search("ze"), await search('"')]).toEqual([[userId], [userId], []]);
    await directory.run(updateUser, root(), { userId, userName: "plain-horse" });
    expect([await search("xotic-ze"), await search("in-hor")]).toEqual([[], [userId]]);
    expect(await inIndex("xotic-ze")).toBe(0);
    await directory.run(removeUser, root(), { userId });
    expect([await search("in-hor"), await inIndex("in-hor"), await inIndex("quixotic@")]).toEqual([[], 0, 0]);
  });
});
