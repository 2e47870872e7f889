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

export type ProjectTables = { projects: ProjectRow };
