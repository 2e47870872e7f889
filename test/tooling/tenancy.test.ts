import { expect, test } from "vitest";
import { assertNamesInstance } from "../harness/tenancy.ts";

const check = (sql: string) => () => assertNamesInstance({ sql, parameters: [] });

test("a statement that forgets the instance of any of its tables is found", () => {
  expect(check('select "name" from "users" where "user_id" = ?')).toThrow("names no instance");
  expect(check('select "name" from "users" where "instance_id" = ? and "user_id" = ?')).not.toThrow();
  const joined = 'select 1 from "users" as "u" inner join "orgs" as "o" on "o"."org_id" = "u"."org_id"';
  expect(check(`${joined} where "u"."instance_id" = ?`)).toThrow("names no instance");
  expect(check(`${joined} and "o"."instance_id" = "u"."instance_id" where "u"."instance_id" = ?`)).not.toThrow();
  expect(check('update "users" set "name" = ? where "user_id" = ?')).toThrow("names no instance");
  expect(check('delete from "tokens" where "id" = ?')).toThrow("names no instance");
  expect(check('insert into "tokens" ("id") values (?)')).toThrow("names no instance");
  expect(check('select * from "instances" order by "created_at"')).not.toThrow();
});
