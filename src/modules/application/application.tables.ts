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
  /** the secret itself under the instance's key, of clients that sign with it */
  secret_sealed: string | null;
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

/** RFC 8707: the resources that an application names; of an API, those that it is known by. */
type ApplicationResourceRow = { instance_id: string; resource: string; application_id: string };

export type ApplicationTables = {
  applications: ApplicationRow;
  application_keys: ApplicationKeyRow;
  application_resources: ApplicationResourceRow;
};
