import type { BrowserId, ClientId, InstanceId, OrgId, ProjectId, SessionId, UserId } from "./ids.ts";
import { type Permission, type Role, rolesHold } from "./permissions.ts";
import type { Instant } from "./time.ts";
import { unreachable } from "./unreachable.ts";

/** Where a role is held. Levels: instance > org > project; nothing goes up or sideways. */
export type Membership =
  | { readonly level: "instance"; readonly roles: readonly Role[] }
  | { readonly level: "org"; readonly orgId: OrgId; readonly roles: readonly Role[] }
  | { readonly level: "project"; readonly projectId: ProjectId; readonly roles: readonly Role[] };

/** Who acts. Memberships are those stored at the moment of the request, never those of a token's issue. */
export type Actor =
  | { readonly kind: "anonymous" }
  | {
      readonly kind: "user";
      readonly userId: UserId;
      readonly orgId: OrgId;
      readonly memberships: readonly Membership[];
      /** how the caller proved who it is */
      readonly via: "access_token" | "pat" | "session_token";
      readonly clientId?: ClientId;
      readonly sessionId?: SessionId;
      readonly browserId?: BrowserId;
    }
  /** Munot itself: its sign-in pages, its jobs, its command line. `name` stands in the audit trail. */
  | {
      readonly kind: "system";
      readonly name: "login" | "job" | "cli" | "setup" | "oidc";
      readonly memberships: readonly Membership[];
    };

/** The network side of a caller; personal data, sealed with the actor's key in the log. */
export type ClientInfo = { readonly ip: string; readonly userAgent: string };

/** What every act for a caller carries: tenant, actor, time. `now` is read once per request. */
export type Ctx = {
  readonly instanceId: InstanceId;
  readonly actor: Actor;
  readonly now: Instant;
  readonly client: ClientInfo | null;
};

/** The object a permission is asked on. An unknown owner (`null`) is covered by the instance level only. */
export type Target = { readonly orgId?: OrgId | null; readonly projectId?: ProjectId | null };

/** What a command or query asks of its caller before it does anything. */
export type Need =
  | { readonly is: "nothing" }
  | { readonly is: "authenticated" }
  /** the caller is this user */
  | { readonly is: "self"; readonly userId: UserId | null }
  | { readonly is: "permission"; readonly permission: Permission; readonly on: Target }
  | { readonly is: "any"; readonly of: readonly Need[] };

/** Everybody may. */
export const needsNothing: Need = { is: "nothing" };

/** Whoever has proved who they are may. */
export const needsAuthenticated: Need = { is: "authenticated" };

/** This user may, and nobody else. */
export const needsSelf = (userId: UserId | null): Need => ({ is: "self", userId });

/** Whoever holds the permission on the target may; the target's owner is the stored one. */
export const needs = (permission: Permission, on: Target = {}): Need => ({ is: "permission", permission, on });

/** Whoever satisfies one of the needs may. */
export const needsAny = (...of: readonly Need[]): Need => ({ is: "any", of });

const memberships = (actor: Actor): readonly Membership[] => (actor.kind === "anonymous" ? [] : actor.memberships);

/** Whether the actor holds the permission on the target through any membership that covers it. */
export const can = (actor: Actor, permission: Permission, on: Target = {}): boolean =>
  memberships(actor).some((membership) => covers(membership, on) && rolesHold(membership.roles, permission));

const covers = (membership: Membership, on: Target): boolean => {
  switch (membership.level) {
    case "instance":
      return true;
    case "org":
      return on.orgId === membership.orgId;
    case "project":
      return on.projectId === membership.projectId;
    default:
      return unreachable(membership);
  }
};

/** Whether the actor satisfies the need. */
export const satisfies = (actor: Actor, need: Need): boolean => {
  switch (need.is) {
    case "nothing":
      return true;
    case "authenticated":
      return actor.kind !== "anonymous";
    case "self":
      return actor.kind === "user" && need.userId !== null && actor.userId === need.userId;
    case "permission":
      return can(actor, need.permission, need.on);
    case "any":
      return need.of.some((one) => satisfies(actor, one));
    default:
      return unreachable(need);
  }
};

/** Which rows of a list the actor may read: all of the instance, or those of these orgs and projects. */
export type Readable =
  | { readonly all: true }
  | { readonly all: false; readonly orgIds: readonly OrgId[]; readonly projectIds: readonly ProjectId[] };

/** The row filter for a list that asks for `permission` on each row. */
export const readable = (actor: Actor, permission: Permission): Readable => {
  const held = memberships(actor).filter((membership) => rolesHold(membership.roles, permission));
  if (held.some((membership) => membership.level === "instance")) return { all: true };
  return {
    all: false,
    orgIds: held.flatMap((membership) => (membership.level === "org" ? [membership.orgId] : [])),
    projectIds: held.flatMap((membership) => (membership.level === "project" ? [membership.projectId] : [])),
  };
};
