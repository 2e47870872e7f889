import type { ExpressionBuilder } from "kysely";
import { type Ctx, readable } from "../../kernel/actor.ts";
import type { BrowserId, InstanceId, OrgId, SessionId, UserId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import { checkSearch } from "../../platform/db/page.ts";
import type { Database, Db } from "../../schema.ts";
import { type Factors, standingFactors } from "./session.events.ts";

/** A living session as it is read: its factors with the user's names of this moment. */
export type SessionView = Factors & {
  readonly sessionId: SessionId;
  readonly creatorId: UserId | null;
  readonly fingerprintId: string | null;
  readonly ip: string | null;
  readonly description: string | null;
  readonly header: Readonly<Record<string, readonly string[]>>;
  /** values in base64 */
  readonly metadata: Readonly<Record<string, string>>;
  readonly userId: UserId | null;
  readonly userOrgId: OrgId | null;
  readonly userCheckedAt: Instant | null;
  /** "" when the user is gone */
  readonly loginName: string;
  readonly displayName: string;
  readonly expiresAt: Instant | null;
  readonly sequence: number;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

/** A session of one browser, with what the login must know about its user. */
export type BrowserSession = Factors & {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly orgId: OrgId;
  readonly orgPrimaryDomain: string;
  readonly loginName: string;
  readonly displayName: string;
  readonly email: string;
  readonly userCheckedAt: Instant | null;
  readonly passwordChangeRequired: boolean;
  /** user and org are active */
  readonly canSignIn: boolean;
};

export type SessionFilter =
  | { readonly by: "ids"; readonly ids: readonly string[] }
  | { readonly by: "user"; readonly userId: string }
  | { readonly by: "creator"; readonly userId: string }
  | { readonly by: "fingerprint"; readonly fingerprintId: string }
  | { readonly by: "created"; readonly than: Instant; readonly operator: "=" | ">" | ">=" | "<" | "<=" };

export type SessionListing = {
  readonly filters: readonly SessionFilter[];
  readonly offset: number;
  readonly limit: number;
  readonly asc: boolean;
};

const columns = [
  "s.session_id",
  "s.creator_id",
  "s.fingerprint_id",
  "s.ip",
  "s.description",
  "s.header",
  "s.metadata",
  "s.user_id",
  "s.user_org_id",
  "s.user_checked_at",
  "s.password_checked_at",
  "s.expires_at",
  "s.sequence",
  "s.created_at",
  "s.changed_at",
  "u.user_name",
  "u.display_name",
] as const;

const expiredAtOnce = 100;

export const sessionReader = ({ db }: { readonly db: Db }) => {
  /** Sessions that have not ended at this moment: terminated ones have no row, expired ones are left out. */
  const living = (instanceId: InstanceId, now: Instant) =>
    db
      .selectFrom("sessions as s")
      .leftJoin("users as u", (on) =>
        on.onRef("u.instance_id", "=", "s.instance_id").onRef("u.user_id", "=", "s.user_id"),
      )
      .where("s.instance_id", "=", instanceId)
      .where((is) => is.or([is("s.expires_at", "is", null), is("s.expires_at", ">", now)]));

  return {
    find: async (instanceId: InstanceId, id: SessionId, now: Instant): Promise<SessionView | null> => {
      const row = await living(instanceId, now).where("s.session_id", "=", id).select(columns).executeTakeFirst();
      return row === undefined ? null : view(row);
    },

    /** The sessions that the caller may see, by `session.read`, as their user or as their creator. */
    list: async (
      ctx: Ctx,
      { filters, offset, limit, asc }: SessionListing,
    ): Promise<{ readonly total: number; readonly sessions: readonly SessionView[] }> => {
      checkSearch(filters);
      let matching = living(ctx.instanceId, ctx.now).where((is) => visible(ctx, is));
      for (const filter of filters) matching = matching.where((is) => matches(filter, is));
      const direction = asc ? "asc" : "desc";
      const [count, rows] = await Promise.all([
        matching.select((of) => of.fn.countAll<number>().as("total")).executeTakeFirstOrThrow(),
        matching
          .select(columns)
          .orderBy("s.created_at", direction)
          .orderBy("s.session_id", direction)
          .limit(limit)
          .offset(offset)
          .execute(),
      ]);
      return { total: Number(count.total), sessions: rows.map(view) };
    },

    /** Ids of sessions that expired before this moment, a bounded number: what the sweep removes. */
    expiredBefore: async (instanceId: InstanceId, before: Instant): Promise<readonly SessionId[]> => {
      const rows = await db
        .selectFrom("sessions")
        .select("session_id")
        .where("instance_id", "=", instanceId)
        .where("expires_at", "<", before)
        .orderBy("expires_at")
        .limit(expiredAtOnce)
        .execute();
      return rows.map((row) => row.session_id);
    },

    /** Ids of a user's sessions, expired ones too: for whoever ends them all, or those that began before a moment. */
    idsOfUser: async (
      instanceId: InstanceId,
      userId: UserId,
      limit: number,
      before: Instant | null = null,
    ): Promise<readonly SessionId[]> => {
      const all = db
        .selectFrom("sessions")
        .select("session_id")
        .where("instance_id", "=", instanceId)
        .where("user_id", "=", userId);
      const rows = await (before === null ? all : all.where("created_at", "<=", before)).limit(limit).execute();
      return rows.map((row) => row.session_id);
    },

    /** The sessions with a user that belong to one browser, most recent first; the ended and the removed are left out. */
    ofBrowser: async (
      instanceId: InstanceId,
      browserId: BrowserId,
      now: Instant,
    ): Promise<readonly BrowserSession[]> => {
      const rows = await living(instanceId, now)
        .where("s.fingerprint_id", "=", browserId)
        .innerJoin("orgs as o", (on) =>
          on.onRef("o.instance_id", "=", "u.instance_id").onRef("o.org_id", "=", "u.org_id"),
        )
        .select([
          "s.session_id",
          "s.user_id",
          "s.user_org_id",
          "s.user_checked_at",
          "s.password_checked_at",
          "u.user_name",
          "u.display_name",
          "u.email",
          "u.state as user_state",
          "u.password_change_required",
          "u.password_changed_at",
          "o.state as org_state",
          "o.primary_domain",
        ])
        .orderBy("s.changed_at", "desc")
        .limit(accountsPerBrowser)
        .execute();
      return rows.flatMap((row) =>
        row.user_id === null || row.user_org_id === null
          ? []
          : [
              {
                sessionId: row.session_id,
                userId: row.user_id,
                orgId: row.user_org_id,
                orgPrimaryDomain: row.primary_domain,
                loginName: row.user_name ?? "",
                displayName: row.display_name ?? "",
                email: row.email ?? "",
                userCheckedAt: row.user_checked_at,
                ...standingFactors(
                  { passwordCheckedAt: row.password_checked_at },
                  { passwordChangedAt: row.password_changed_at },
                ),
                passwordChangeRequired: row.password_change_required === 1,
                canSignIn: row.user_state === "active" && row.org_state === "active",
              },
            ],
      );
    },
  };
};

export type SessionReader = ReturnType<typeof sessionReader>;

/** A browser that many people share shows its latest accounts. */
const accountsPerBrowser = 50;

type Tables = Database & { s: Database["sessions"] };
type Is = ExpressionBuilder<Tables, "s">;

const visible = (ctx: Ctx, is: Is) => {
  const { actor } = ctx;
  const rows = readable(actor, "session.read");
  if (rows.all) return is.lit(true);
  const own = actor.kind === "user" ? [is("s.user_id", "=", actor.userId), is("s.creator_id", "=", actor.userId)] : [];
  const ofOrgs = rows.orgIds.length === 0 ? [] : [is("s.user_org_id", "in", rows.orgIds)];
  return is.or([...own, ...ofOrgs]);
};

const matches = (filter: SessionFilter, is: Is) => {
  // Values of a search are compared as they came: what is no id matches nothing.
  switch (filter.by) {
    case "ids":
      return filter.ids.length === 0 ? is.lit(false) : is("s.session_id", "in", filter.ids as SessionId[]);
    case "user":
      return is("s.user_id", "=", filter.userId as UserId);
    case "creator":
      return is("s.creator_id", "=", filter.userId as UserId);
    case "fingerprint":
      return is("s.fingerprint_id", "=", filter.fingerprintId);
    case "created":
      return is("s.created_at", filter.operator, filter.than);
  }
};

type Row = Pick<
  Database["sessions"],
  | "session_id"
  | "creator_id"
  | "fingerprint_id"
  | "ip"
  | "description"
  | "header"
  | "metadata"
  | "user_id"
  | "user_org_id"
  | "user_checked_at"
  | "password_checked_at"
  | "expires_at"
  | "sequence"
  | "created_at"
  | "changed_at"
> & { readonly user_name: string | null; readonly display_name: string | null };

const view = (row: Row): SessionView => ({
  sessionId: row.session_id,
  creatorId: row.creator_id,
  fingerprintId: row.fingerprint_id,
  ip: row.ip,
  description: row.description,
  // Written by the projection from parsed events.
  header: JSON.parse(row.header) as SessionView["header"],
  metadata: JSON.parse(row.metadata) as SessionView["metadata"],
  userId: row.user_id,
  userOrgId: row.user_org_id,
  userCheckedAt: row.user_checked_at,
  passwordCheckedAt: row.password_checked_at,
  loginName: row.user_name ?? "",
  displayName: row.display_name ?? "",
  expiresAt: row.expires_at,
  sequence: row.sequence,
  createdAt: row.created_at,
  changedAt: row.changed_at,
});
