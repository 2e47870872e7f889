import type { Membership } from "../../kernel/actor.ts";
import type {
  AuthRequestId,
  BrowserId,
  ClientId,
  GrantId,
  InstanceId,
  OrgId,
  ProjectId,
  SessionId,
  TokenId,
  UserId,
} from "../../kernel/ids.ts";
import { isRole } from "../../kernel/permissions.ts";
import type { Instant } from "../../kernel/time.ts";
import type { TokenKind } from "../../kernel/token.ts";
import { matches, parseToken } from "../../platform/crypto/tokens.ts";
import { onceByText } from "../../platform/db/once-by-text.ts";
import { prepare } from "../../platform/db/prepare.ts";
import type { Db } from "../../schema.ts";
import { type Factors, standingFactors } from "../session/session.events.ts";
import { lostBases } from "./lost-bases.queries.ts";
import { type TokenData, tokenData } from "./token-data.ts";

/** Why a stored credential does not work any more. */
export type DeadReason =
  | "token_expired"
  | "user_inactive"
  | "org_inactive"
  | "session_ended"
  | "grant_revoked"
  | "client_inactive";

/** A stored credential with what it stands on, all read at the same moment. */
export type StoredToken = {
  readonly kind: TokenKind;
  readonly id: TokenId;
  readonly hash: Uint8Array;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  readonly user: { readonly id: UserId; readonly orgId: OrgId; readonly type: "human" | "machine" } | null;
  readonly sessionId: SessionId | null;
  readonly grantId: GrantId | null;
  readonly authRequestId: AuthRequestId | null;
  readonly clientId: ClientId | null;
  /** the browser it was handed to: its own, or its session's */
  readonly browserId: BrowserId | null;
  readonly data: TokenData;
  readonly memberships: readonly Membership[];
  /** what the session behind it has proved */
  readonly factors: Factors;
  /** the instance's own project: audience of access tokens for Munot's API */
  readonly ownProjectId: ProjectId | null;
  /** `null`: it works */
  readonly dead: DeadReason | null;
};

export const tokenReader = ({ db }: { db: Db }) => {
  const byId = prepare(db, ({ instanceId, kind, id }: { instanceId: InstanceId; kind: TokenKind; id: TokenId }) =>
    db
      .selectFrom("tokens as t")
      .innerJoin("instances as i", "i.instance_id", "t.instance_id")
      .leftJoin("users as u", (on) =>
        on.onRef("u.instance_id", "=", "t.instance_id").onRef("u.user_id", "=", "t.user_id"),
      )
      .leftJoin("orgs as o", (on) => on.onRef("o.instance_id", "=", "u.instance_id").onRef("o.org_id", "=", "u.org_id"))
      .leftJoin("sessions as s", (on) =>
        on.onRef("s.instance_id", "=", "t.instance_id").onRef("s.session_id", "=", "t.session_id"),
      )
      .leftJoin("oidc_sessions as g", (on) =>
        on.onRef("g.instance_id", "=", "t.instance_id").onRef("g.grant_id", "=", "t.grant_id"),
      )
      .leftJoin("applications as a", (on) =>
        on.onRef("a.instance_id", "=", "t.instance_id").onRef("a.client_id", "=", "t.client_id"),
      )
      .leftJoin("projects as p", (on) =>
        on.onRef("p.instance_id", "=", "a.instance_id").onRef("p.project_id", "=", "a.project_id"),
      )
      .leftJoin("orgs as po", (on) =>
        on.onRef("po.instance_id", "=", "p.instance_id").onRef("po.org_id", "=", "p.org_id"),
      )
      .leftJoin("administrators as m", (on) =>
        on.onRef("m.instance_id", "=", "u.instance_id").onRef("m.user_id", "=", "u.user_id"),
      )
      .select([
        "t.kind",
        "t.id",
        "t.hash",
        "t.created_at",
        "t.expires_at",
        "t.user_id",
        "t.session_id",
        "t.grant_id",
        "t.auth_request_id",
        "t.client_id",
        "t.browser_id",
        "t.data",
        "i.iam_project_id",
        "u.org_id as user_org_id",
        "u.type as user_type",
        "u.state as user_state",
        "o.state as org_state",
        "s.session_id as live_session_id",
        "s.expires_at as session_expires_at",
        "s.user_id as session_user_id",
        "s.fingerprint_id as session_fingerprint_id",
        "s.password_checked_at",
        "u.password_changed_at",
        "g.state as grant_state",
        lostBases.as("lost_bases"),
        "a.state as client_state",
        "p.state as project_state",
        "po.state as project_org_state",
        "m.level as member_level",
        "m.object_id as member_object_id",
        "m.roles as member_roles",
      ])
      .where("t.instance_id", "=", instanceId)
      .where("t.kind", "=", kind)
      .where("t.id", "=", id),
  );

  /**
   * One statement, whatever the kind: the credential by primary key, joined by primary keys with all it depends on, so
   * that what has been deactivated, ended or revoked stops working with this very read. The secret is not compared here.
   */
  const find = async (
    instanceId: InstanceId,
    kind: TokenKind,
    id: TokenId,
    now: Instant,
  ): Promise<StoredToken | null> => {
    const rows = await byId({ instanceId, kind, id });
    const row = rows[0];
    return row === undefined
      ? null
      : { ...stored(row), memberships: rows.flatMap(membership), dead: deadReason(row, now) };
  };

  /** The credential whose text was presented, if it is of one of these kinds, its secret is right and it works now. */
  const verify = async (
    instanceId: InstanceId,
    presented: string,
    kinds: readonly TokenKind[],
    now: Instant,
  ): Promise<StoredToken | null> => {
    const parsed = parseToken(presented);
    if (parsed === null || !kinds.includes(parsed.kind)) return null;
    const token = await find(instanceId, parsed.kind, parsed.id, now);
    if (token === null || !matches(token.hash, parsed.secret)) return null;
    return token.dead === null ? token : null;
  };

  return { find, verify };
};

export type TokenReader = ReturnType<typeof tokenReader>;

type Row = {
  readonly kind: TokenKind;
  readonly id: TokenId;
  readonly hash: Uint8Array;
  readonly created_at: Instant;
  readonly expires_at: Instant | null;
  readonly user_id: UserId | null;
  readonly session_id: SessionId | null;
  readonly grant_id: GrantId | null;
  readonly auth_request_id: AuthRequestId | null;
  readonly client_id: ClientId | null;
  readonly browser_id: BrowserId | null;
  readonly data: string | null;
  readonly iam_project_id: string | null;
  readonly user_org_id: string | null;
  readonly user_type: "human" | "machine" | null;
  readonly user_state: string | null;
  readonly org_state: string | null;
  readonly live_session_id: string | null;
  readonly session_expires_at: Instant | null;
  readonly session_user_id: string | null;
  readonly session_fingerprint_id: string | null;
  readonly password_checked_at: Instant | null;
  readonly password_changed_at: Instant | null;
  readonly grant_state: string | null;
  readonly lost_bases: number | null;
  readonly client_state: string | null;
  readonly project_state: string | null;
  readonly project_org_state: string | null;
  readonly member_level: Membership["level"] | null;
  readonly member_object_id: string | null;
  readonly member_roles: string | null;
};

/** What a credential remembers, from its column. */
export const dataOf = (data: string | null): TokenData => dataOfText(data ?? "{}");
const dataOfText = onceByText((text): TokenData => tokenData.parse(JSON.parse(text)));

// Ids were parsed when they were stored: the casts of this file only give them their names back.
const stored = (row: Row): Omit<StoredToken, "memberships" | "dead"> => ({
  kind: row.kind,
  id: row.id,
  hash: row.hash,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  user:
    row.user_id === null || row.user_org_id === null || row.user_type === null
      ? null
      : { id: row.user_id, orgId: row.user_org_id as OrgId, type: row.user_type },
  sessionId: row.session_id,
  grantId: row.grant_id,
  authRequestId: row.auth_request_id,
  clientId: row.client_id,
  browserId: row.browser_id ?? (row.session_fingerprint_id as BrowserId | null),
  data: dataOf(row.data),
  factors: standingFactors(
    { passwordCheckedAt: row.password_checked_at },
    { passwordChangedAt: row.password_changed_at },
  ),
  ownProjectId: row.iam_project_id as ProjectId | null,
});

const rolesOf = onceByText((text) => {
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed) ? parsed.filter((role) => typeof role === "string" && isRole(role)) : [];
});

const membership = (row: Row): readonly Membership[] => {
  if (row.member_level === null || row.member_roles === null) return [];
  const roles = rolesOf(row.member_roles);
  switch (row.member_level) {
    case "instance":
      return [{ level: "instance", roles }];
    case "org":
      return [{ level: "org", orgId: row.member_object_id as OrgId, roles }];
    case "project":
      return [{ level: "project", projectId: row.member_object_id as ProjectId, roles }];
  }
};

/** The states that a credential's row is joined with; every statement that accepts credentials reads them all. */
export type Standing = Pick<
  Row,
  | "kind"
  | "expires_at"
  | "user_id"
  | "session_id"
  | "grant_id"
  | "client_id"
  | "user_state"
  | "org_state"
  | "live_session_id"
  | "session_expires_at"
  | "session_user_id"
  | "password_checked_at"
  | "grant_state"
  | "lost_bases"
  | "client_state"
  | "project_state"
  | "project_org_state"
>;

/** What the credential depends on and how that ended; the order decides only which reason is named. */
export const deadReason = (row: Standing, now: Instant): DeadReason | null => {
  if (row.expires_at !== null && row.expires_at <= now) return "token_expired";
  if (row.user_id !== null) {
    if (row.user_state !== "active") return "user_inactive";
    if (row.org_state !== "active") return "org_inactive";
  }
  if (row.session_id !== null) {
    if (row.live_session_id === null) return "session_ended";
    if (row.session_expires_at !== null && row.session_expires_at <= now) return "session_ended";
    if (row.session_user_id !== row.user_id) return "session_ended";
  }
  if (row.grant_id !== null && row.grant_state !== "active") return "grant_revoked";
  if (Number(row.lost_bases ?? 0) > 0) return "grant_revoked";
  if (row.client_id !== null) {
    const client = [row.client_state, row.project_state, row.project_org_state];
    if (client.some((state) => state !== "active")) return "client_inactive";
  }
  return null;
};
