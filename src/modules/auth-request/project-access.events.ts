import type { OrgId } from "../../kernel/ids.ts";

/** What the project of a client asks of its users, and what the user at hand brings. */
export type ProjectAccess = {
  /** only who has a role in the project may sign in to its applications */
  readonly authorizationRequired: boolean;
  /** only users of the organization that has the project may */
  readonly accessRequired: boolean;
  readonly projectOrgId: OrgId;
  readonly hasRole: boolean;
};

/** Whether a user of that organization may sign in to the applications of the project. */
export const mayEnterProject = (access: ProjectAccess, userOrgId: OrgId): boolean =>
  (!access.authorizationRequired || access.hasRole) && (!access.accessRequired || access.projectOrgId === userOrgId);
