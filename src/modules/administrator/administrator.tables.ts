import type { Instant } from "../../kernel/time.ts";

/** Who holds which roles where. `object_id` is the org or project, or the instance itself. */
type AdministratorRow = {
  instance_id: string;
  administrator_id: string;
  level: "instance" | "org" | "project";
  object_id: string;
  user_id: string;
  /** canonical JSON: Role[] */
  roles: string;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

export type AdministratorTables = { administrators: AdministratorRow };
