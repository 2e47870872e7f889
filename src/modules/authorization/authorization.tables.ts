import type { Instant } from "../../kernel/time.ts";

/** Who has roles of which project. Names of all that it refers to are joined at read: what is gone there, counts nowhere. */
type AuthorizationRow = {
  instance_id: string;
  authorization_id: string;
  user_id: string;
  project_id: string;
  org_id: string;
  state: "active" | "inactive";
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

type AuthorizationRoleRow = {
  instance_id: string;
  authorization_id: string;
  role_key: string;
  /** of the role when it was given: a role of the same key that came later is another one */
  role_created_at: number;
};

export type AuthorizationTables = { authorizations: AuthorizationRow; authorization_roles: AuthorizationRoleRow };
