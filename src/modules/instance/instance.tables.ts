import type { Instant } from "../../kernel/time.ts";

type InstanceRow = {
  instance_id: string;
  name: string;
  default_org_id: string | null;
  /** the instance's own project: audience of tokens for Munot's API */
  iam_project_id: string | null;
  default_language: string;
  /** canonical JSON: Lifetimes; `null`: the product's */
  oidc_settings: string | null;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

/** Which instance answers under a host; a host belongs to one instance of the whole installation. */
type InstanceDomainRow = {
  instance_id: string;
  host: string;
  is_primary: 0 | 1;
  created_at: Instant;
};

/** Hosts of others that may speak for the instance. */
type InstanceTrustedDomainRow = {
  instance_id: string;
  host: string;
  created_at: Instant;
};

export type InstanceTables = {
  instances: InstanceRow;
  instance_domains: InstanceDomainRow;
  instance_trusted_domains: InstanceTrustedDomainRow;
};
