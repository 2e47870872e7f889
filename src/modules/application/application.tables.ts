import type { Instant } from "../../kernel/time.ts";

type ApplicationRow = {
  instance_id: string;
  application_id: string;
  project_id: string;
  org_id: string;
  kind: "oidc" | "api";
  name: string;
  name_folded: string;
  state: "active" | "inactive";
  client_id: string | null;
  /** base64url SHA-256 of the client secret */
  secret_hash: string | null;
  /** canonical JSON: OidcConfig or ApiConfig */
  config: string;
  /** canonical JSON: StoredClientSettings */
  settings: string;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

/** The rows of a removed application's keys go a moment after it: whoever reads them joins `applications`. */
type ApplicationKeyRow = {
  instance_id: string;
  key_id: string;
  application_id: string;
  project_id: string;
  org_id: string;
  /** canonical JSON */
  public_jwk: string;
  expires_at: Instant | null;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

export type ApplicationTables = { applications: ApplicationRow; application_keys: ApplicationKeyRow };
