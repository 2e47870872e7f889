import { type Expression, expressionBuilder, type SqlBool, sql } from "kysely";
import { type Ctx, needsAuthenticated } from "../../kernel/actor.ts";
import type { OrgId, TokenId, UserId, UserKeyId } from "../../kernel/ids.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import { checkSearch, type Listed, type PageWindow } from "../../platform/db/page.ts";
import type { Database, Db } from "../../schema.ts";
import { visibleUsers } from "./user-search.queries.ts";

/** A key or personal access token as its list shows it: nothing of it opens anything. */
export type CredentialView = {
  readonly id: string;
  readonly userId: UserId;
  readonly orgId: OrgId;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
};

/** How a list compares moments, in the order of ZITADEL's enum values (0 to 4). */
export const timeOperators = ["=", ">", ">=", "<", "<="] as const;

export type CredentialFilter =
  | { readonly is: "id" | "user" | "org"; readonly id: string }
  | {
      readonly is: "created" | "expires";
      readonly operator: (typeof timeOperators)[number];
      readonly at: Instant;
    };

const columns = {
  id: "credentials.id",
  user: "users.user_id",
  org: "users.org_id",
  created: "credentials.created_at",
  expires: "credentials.expires_at",
} as const;

export type CredentialSearch = {
  readonly filters: readonly CredentialFilter[];
  readonly sortBy: keyof typeof columns;
  readonly page: PageWindow;
};

type Credential = { id: string; user_id: string; created_at: Instant; expires_at: Instant | null };
type Tables = Database & { credentials: Credential };

const conditionOf = (filter: CredentialFilter): Expression<SqlBool> => {
  const eb = expressionBuilder<Tables, "users" | "credentials">();
  return "id" in filter ? eb(columns[filter.is], "=", filter.id) : eb(columns[filter.is], filter.operator, filter.at);
};

/** No credential expires after this: what never expires comes last on both databases. */
const never = sql.lit(Number.MAX_SAFE_INTEGER);

export type CredentialReader = ReturnType<typeof credentialReader>;

/** Keys and personal access tokens of service accounts. Lists show a caller those of the users it may read, and its own. */
export const credentialReader = ({ db }: { readonly db: Db }) => {
  const keys = (ctx: Pick<Ctx, "instanceId">) =>
    db
      .selectFrom("user_keys")
      .where("instance_id", "=", ctx.instanceId)
      .select(["key_id as id", "user_id", "created_at", "expires_at"]);
  const pats = (ctx: Pick<Ctx, "instanceId">) =>
    db
      .selectFrom("tokens")
      .where("instance_id", "=", ctx.instanceId)
      .where("kind", "=", "pat")
      .where("user_id", "is not", null)
      .select(["id", "user_id", "created_at", "expires_at"])
      .$narrowType<{ user_id: UserId }>();

  const list = async (
    ctx: Ctx,
    source: ReturnType<typeof keys> | ReturnType<typeof pats>,
    search: CredentialSearch,
  ): Promise<Listed<CredentialView>> => {
    authorise(ctx, needsAuthenticated);
    checkSearch(search.filters);
    // Both sources give the columns of a credential.
    const credentials = (source as ReturnType<typeof keys>).as("credentials");
    const matching = db
      .selectFrom(credentials)
      .innerJoin("users", "users.user_id", "credentials.user_id")
      .where("users.instance_id", "=", ctx.instanceId)
      .where(visibleUsers(ctx))
      .where((eb) => eb.and(search.filters.map(conditionOf)));
    const direction = search.page.asc ? "asc" : "desc";
    const sorted =
      search.sortBy === "expires"
        ? matching.orderBy((eb) => eb.fn.coalesce("credentials.expires_at", never), direction)
        : matching.orderBy(columns[search.sortBy], direction);
    const [counted, rows] = await Promise.all([
      matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
      sorted
        .select(["credentials.id", "users.user_id", "users.org_id", "credentials.created_at", "credentials.expires_at"])
        .orderBy("credentials.id", direction)
        .limit(search.page.limit)
        .offset(search.page.offset)
        .execute(),
    ]);
    return {
      total: Number(counted.total),
      rows: rows.map((row) => ({
        id: row.id,
        userId: row.user_id as UserId,
        orgId: row.org_id as OrgId,
        createdAt: row.created_at,
        expiresAt: row.expires_at,
      })),
    };
  };

  return {
    hasKey: async (ctx: Ctx, userId: UserId, keyId: UserKeyId): Promise<boolean> =>
      (await keys(ctx).where("user_id", "=", userId).where("key_id", "=", keyId).executeTakeFirst()) !== undefined,
    hasPat: async (ctx: Ctx, userId: UserId, tokenId: TokenId): Promise<boolean> =>
      (await pats(ctx).where("user_id", "=", userId).where("id", "=", tokenId).executeTakeFirst()) !== undefined,
    listKeys: (ctx: Ctx, search: CredentialSearch) => list(ctx, keys(ctx), search),
    listPats: (ctx: Ctx, search: CredentialSearch) => list(ctx, pats(ctx), search),
  };
};
