import type { Instant } from "../../kernel/time.ts";

type OrgRow = {
  instance_id: string;
  org_id: string;
  name: string;
  name_folded: string;
  state: "active" | "inactive";
  /** "" until one is set */
  primary_domain: string;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

type OrgDomainRow = {
  instance_id: string;
  org_id: string;
  /** folded */
  domain: string;
  verified: 0 | 1;
  created_at: Instant;
};

/** The rows of a removed organization's metadata go a moment after it: whoever reads them joins `orgs`. */
type OrgMetadataRow = {
  instance_id: string;
  org_id: string;
  metadata_key: string;
  metadata_key_folded: string;
  metadata_value: Uint8Array;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

export type OrgTables = { orgs: OrgRow; org_domains: OrgDomainRow; org_metadata: OrgMetadataRow };
