import { z } from "zod";
import type { Need } from "../../kernel/actor.ts";
import { needs } from "../../kernel/actor.ts";
import { type Claim, defineStream } from "../../kernel/event.ts";
import { instanceId, orgId, projectId, userId } from "../../kernel/ids.ts";
import { isRole, type Role } from "../../kernel/permissions.ts";

const role = z.string().refine(isRole, "is not a role");

const member = { userId, roles: z.array(role) };

const administratorEvents = {
  "instance.member.added": { payload: z.object({ ...member, objectId: instanceId }) },
  "org.member.added": { payload: z.object({ ...member, objectId: orgId }) },
  "project.member.added": { payload: z.object({ ...member, objectId: projectId }) },
  "instance.member.changed": { payload: z.object({ roles: z.array(role) }) },
  "org.member.changed": { payload: z.object({ roles: z.array(role) }) },
  "project.member.changed": { payload: z.object({ roles: z.array(role) }) },
  "instance.member.removed": { payload: z.object({}) },
  "org.member.removed": { payload: z.object({}) },
  "project.member.removed": { payload: z.object({}) },
} as const;

export const administratorLevels = ["instance", "org", "project"] as const;
export type AdministratorLevel = (typeof administratorLevels)[number];

export type AdministratorState = {
  readonly status: "absent" | "active" | "removed";
  readonly level: AdministratorLevel;
  readonly objectId: string;
  readonly userId: string;
  readonly roles: readonly Role[];
};

const initial: AdministratorState = { status: "absent", level: "org", objectId: "", userId: "", roles: [] };

const claim = (level: AdministratorLevel, objectId: string, user: string): Claim => ({
  kind: "administrator",
  value: `${level}/${objectId}/${user}`,
});

type Added = {
  readonly payload: { readonly objectId: string; readonly userId: string; readonly roles: readonly Role[] };
};

const added =
  (level: AdministratorLevel) =>
  (_state: AdministratorState, { payload }: Added): AdministratorState => ({ status: "active", level, ...payload });
const take =
  (level: AdministratorLevel) =>
  ({ payload }: Added) => ({ take: [claim(level, payload.objectId, payload.userId)] });

const changed = (
  state: AdministratorState,
  { payload }: { readonly payload: { readonly roles: readonly Role[] } },
): AdministratorState => ({ ...state, roles: payload.roles });

const removed = (): AdministratorState => ({ ...initial, status: "removed" });
const release = (_event: unknown, before: AdministratorState) => ({
  release: [claim(before.level, before.objectId, before.userId)],
});

/** The roles that one user holds on the instance, on one org or on one project. */
export const administrator = defineStream<AdministratorState>()({
  kind: "administrator",
  revision: 1,
  events: administratorEvents,
  initial,
  claims: {
    "instance.member.added": take("instance"),
    "org.member.added": take("org"),
    "project.member.added": take("project"),
    "instance.member.removed": release,
    "org.member.removed": release,
    "project.member.removed": release,
  },
  evolve: {
    "instance.member.added": added("instance"),
    "org.member.added": added("org"),
    "project.member.added": added("project"),
    "instance.member.changed": changed,
    "org.member.changed": changed,
    "project.member.changed": changed,
    "instance.member.removed": removed,
    "org.member.removed": removed,
    "project.member.removed": removed,
  },
});

const levelOfPrefix = { IAM: "instance", ORG: "org", SELF: "org", PROJECT: "project" } as const satisfies Record<
  string,
  AdministratorLevel
>;

/** Whether a role is meant for the level: IAM_* on the instance, ORG_* on an org, PROJECT_* on a project. */
export const roleFits = (level: AdministratorLevel, name: Role): boolean => {
  const prefix = name.split("_", 1)[0] ?? "";
  if (name.startsWith("PROJECT_GRANT_")) return false;
  return Object.entries(levelOfPrefix).some(([start, fits]) => start === prefix && fits === level);
};

/** What it takes to change who administers the object, by its level. */
export const needsMember = (
  action: "write" | "delete",
  at: { readonly level: AdministratorLevel; readonly orgId: z.output<typeof orgId> | null; readonly objectId: string },
): Need => {
  if (at.level === "instance") return needs(`iam.member.${action}`);
  if (at.level === "org") return needs(`org.member.${action}`, { orgId: at.orgId });
  const named = projectId.safeParse(at.objectId);
  return needs(`project.member.${action}`, { orgId: at.orgId, projectId: named.success ? named.data : null });
};
