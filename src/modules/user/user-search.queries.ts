import { type Expression, type ExpressionBuilder, expressionBuilder, type SqlBool, sql } from "kysely";
import { type Ctx, readable } from "../../kernel/actor.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { unreachable } from "../../kernel/unreachable.ts";
import type { Dialect } from "../../platform/db/database.ts";
import { checkSearch, type PageWindow } from "../../platform/db/page.ts";
import { ftsPart, likePart, type TextMethod, textMatch } from "../../platform/db/text-match.ts";
import type { Database } from "../../schema.ts";
import type { LivingUserStatus } from "./user.events.ts";

/** The texts a search may compare, and their columns. A login name is the user name. */
const textColumns = {
  userName: ["users.user_name", "users.user_name_folded"],
  loginName: ["users.user_name", "users.user_name_folded"],
  givenName: ["users.given_name", "users.given_name_folded"],
  familyName: ["users.family_name", "users.family_name_folded"],
  nickName: ["users.nick_name", "users.nick_name_folded"],
  displayName: ["users.display_name", "users.display_name_folded"],
  email: ["users.email", "users.email_folded"],
  phone: ["users.phone", "users.phone"],
} as const;

export type UserFilter =
  | {
      readonly is: "text";
      readonly field: keyof typeof textColumns;
      readonly value: string;
      readonly method: TextMethod;
    }
  /** `null`: a state or type that no listed user has */
  | { readonly is: "state"; readonly state: LivingUserStatus | null }
  | { readonly is: "type"; readonly type: "human" | "machine" | null }
  | { readonly is: "org"; readonly orgId: string }
  | { readonly is: "ids"; readonly ids: readonly string[] }
  | { readonly is: "emails"; readonly emails: readonly string[] }
  | { readonly is: "and"; readonly of: readonly UserFilter[] }
  | { readonly is: "or"; readonly of: readonly UserFilter[] }
  | { readonly is: "not"; readonly of: UserFilter };

export const userSortColumns = {
  userName: "user_name_folded",
  givenName: "given_name_folded",
  familyName: "family_name_folded",
  nickName: "nick_name_folded",
  displayName: "display_name_folded",
  email: "email_folded",
  state: "state",
  type: "type",
  created: "created_at",
} as const;

export type UserSearch = {
  readonly filters: readonly UserFilter[];
  readonly sortBy: keyof typeof userSortColumns;
  readonly page: PageWindow;
};

const childrenOf = (filter: UserFilter): readonly UserFilter[] =>
  filter.is === "and" || filter.is === "or" ? filter.of : filter.is === "not" ? [filter.of] : [];

/** Refuses a search whose filters are nested too deep or too many: its cost must stay bounded. */
const checkSize = (filters: readonly UserFilter[]): void => {
  const all: UserFilter[] = [];
  let level = filters;
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limits.filterDepth) {
      const problem = `are nested deeper than ${limits.filterDepth}`;
      throw new Refusal("request.invalid", { fields: [{ path: "queries", problem }] });
    }
    all.push(...level);
    checkSearch(all);
    level = level.flatMap(childrenOf);
  }
};

const never = sql<SqlBool>`1 = 0`;

type FoldedColumn = Exclude<(typeof textColumns)[keyof typeof textColumns][1], "users.phone">;

/** Users of the instance whose column holds the part, by the index on parts (migration 0022). */
const nearUsers = (
  dialect: Dialect,
  { instanceId }: Pick<Ctx, "instanceId">,
  column: FoldedColumn,
  part: string,
): Expression<SqlBool> =>
  dialect === "postgres"
    ? sql`${sql.ref(column)} like ${likePart(part)}`
    : sql`users.user_id in (
        select i.user_id from user_text_ids i
        where i.instance_id = ${instanceId}
          and i.text_id in (select rowid from user_texts where user_texts match ${ftsPart(column.slice("users.".length), part)})
      )`;

/** All filters, and which rows the caller may see: those of orgs where it may read users, and its own. */
export const userCondition = (
  eb: ExpressionBuilder<Database, "users">,
  ctx: Ctx,
  filters: readonly UserFilter[],
  dialect: Dialect,
): Expression<SqlBool> => {
  checkSize(filters);
  const condition = (filter: UserFilter): Expression<SqlBool> => {
    switch (filter.is) {
      case "text": {
        const [exact, folded] = textColumns[filter.field];
        const column = eb.ref(exact);
        // The same column given twice holds nothing folded.
        if (folded === "users.phone") return textMatch({ exact: column, folded: column }, filter.method, filter.value);
        const near = (part: string) => nearUsers(dialect, ctx, folded, part);
        return textMatch({ exact: column, folded: eb.ref(folded), near }, filter.method, filter.value);
      }
      case "state":
        return filter.state === null ? never : eb("users.state", "=", filter.state);
      case "type":
        return filter.type === null ? never : eb("users.type", "=", filter.type);
      case "org":
        return eb("users.org_id", "=", filter.orgId);
      case "ids":
        return filter.ids.length > 0 ? eb("users.user_id", "in", filter.ids) : never;
      case "emails":
        return filter.emails.length > 0 ? eb("users.email", "in", filter.emails) : never;
      case "and":
        return eb.and(filter.of.map(condition));
      case "or":
        return filter.of.length > 0 ? eb.or(filter.of.map(condition)) : never;
      case "not":
        return eb.not(condition(filter.of));
      default:
        return unreachable(filter);
    }
  };
  return eb.and([...filters.map(condition), visibleUsers(ctx)]);
};

/** The rows of `users` that the caller may see: those of orgs where it may read users, and its own. */
export const visibleUsers = (ctx: Ctx): Expression<SqlBool> => {
  const eb = expressionBuilder<Database, "users">();
  const allowed = readable(ctx.actor, "user.read");
  if (allowed.all) return eb.and([]);
  const visible: Expression<SqlBool>[] = [];
  if (allowed.orgIds.length > 0) visible.push(eb("users.org_id", "in", allowed.orgIds));
  if (ctx.actor.kind === "user") visible.push(eb("users.user_id", "=", ctx.actor.userId));
  return visible.length > 0 ? eb.or(visible) : never;
};
