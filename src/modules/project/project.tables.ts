import type { Instant } from "../../kernel/time.ts";
import type { PrivateLabeling } from "./project.events.ts";

type ProjectRow = {
  instance_id: string;
  project_id: string;
  org_id: string;
  name: string;
  name_folded: string;
  state: "active" | "inactive";
  role_assertion: 0 | 1;
  authorization_required: 0 | 1;
  access_required: 0 | 1;
  private_labeling: PrivateLabeling;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

/**
 * The rows of a removed project's roles go a moment after it: whoever reads them joins `projects`. A role that was removed
 * and added again has another `created_at`: what was given of the first one is not given of the second.
 */
type ProjectRoleRow = {
  instance_id: string;
  project_id: string;
  role_key: string;
  role_key_folded: string;
  org_id: string;
  display_name: string;
  display_name_folded: string;
  role_group: string;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

export type ProjectTables = { projects: ProjectRow; project_roles: ProjectRoleRow };
