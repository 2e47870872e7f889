import { z } from "zod";
import { type Need, needs } from "../../kernel/actor.ts";
import { type Claim, defineStream } from "../../kernel/event.ts";
import { type OrgId, orgId, type ProjectId, projectId, type UserId, userId } from "../../kernel/ids.ts";
import type { Permission } from "../../kernel/permissions.ts";

/** All role keys of one authorization together: they are its state. */
const roleKeysBytes = 10_000;

export const roleKeys = z
  .array(z.string().min(1).max(200))
  .max(100)
  .refine((keys) => Buffer.byteLength(keys.join("")) <= roleKeysBytes, `are longer than ${roleKeysBytes} bytes`)
  .transform((keys) => [...new Set(keys)]);

/** A role as it was when it was given: one that is removed and added again under its key is another one. */
const givenRole = z.object({ key: z.string(), since: z.number().int() });
export type GivenRole = z.output<typeof givenRole>;

const nothing = z.object({});
const roles = z.array(givenRole);

const authorizationEvents = {
  "user.grant.added": { payload: z.object({ userId, projectId, orgId, roles }) },
  "user.grant.changed": { payload: z.object({ roles }) },
  "user.grant.deactivated": { payload: nothing },
  "user.grant.reactivated": { payload: nothing },
  "user.grant.removed": { payload: nothing },
} as const;

export type AuthorizationState = {
  readonly status: "absent" | "active" | "inactive" | "removed";
  readonly userId: UserId | null;
  readonly projectId: ProjectId | null;
  readonly orgId: OrgId | null;
  readonly roles: readonly GivenRole[];
};

const initial: AuthorizationState = { status: "absent", userId: null, projectId: null, orgId: null, roles: [] };

type Pair = Pick<AuthorizationState, "userId" | "projectId" | "orgId">;

const claim = (of: Pair): Claim => ({ kind: "authorization", value: `${of.orgId}/${of.projectId}/${of.userId}` });

/** The roles of one project that one user has, given on the project's organization: ZITADEL's user grant. */
export const authorization = defineStream<AuthorizationState>()({
  kind: "authorization",
  revision: 1,
  events: authorizationEvents,
  initial,
  claims: {
    "user.grant.added": ({ payload }) => ({ take: [claim(payload)] }),
    "user.grant.removed": (_event, before) => ({ release: [claim(before)] }),
  },
  evolve: {
    "user.grant.added": (_state, { payload }) => ({ status: "active", ...payload }),
    "user.grant.changed": (state, { payload }) => ({ ...state, roles: payload.roles }),
    "user.grant.deactivated": (state) => ({ ...state, status: "inactive" }),
    "user.grant.reactivated": (state) => ({ ...state, status: "active" }),
    "user.grant.removed": () => ({ ...initial, status: "removed" }),
  },
});

/** What it takes to change an authorization: the permission on its organization or on its project. Nobody gives to itself. */
export const needsUserGrant = (
  permission: Permission & ("user.grant.write" | "user.grant.delete"),
  on: { readonly orgId: OrgId | null; readonly projectId: ProjectId | null },
): Need => needs(permission, on);
