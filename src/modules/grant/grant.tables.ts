import type { Instant } from "../../kernel/time.ts";

/** The read table of OIDC sessions: what one user allowed one client, joined when a token of it is presented. */
type GrantRow = {
  instance_id: string;
  grant_id: string;
  /** "": the client is its own subject */
  user_id: string;
  session_id: string | null;
  client_id: string | null;
  auth_request_id: string | null;
  state: "active" | "revoked";
  /** canonical JSON: string[] */
  scope: string;
  /** canonical JSON: string[] */
  audience: string;
  /** canonical JSON: string[] (RFC 8176) */
  amr: string;
  auth_time: Instant;
  refresh_token_id: string | null;
  refresh_idle_expires_at: Instant | null;
  refresh_absolute_expires_at: Instant | null;
  /** `null` in these seven: a grant from before they were kept, so by authorization code and with nothing of the kind */
  grant_type: string | null;
  acr: string | null;
  /** canonical JSON each: Confirmation, GrantActor, string[], object[], ClaimsRequest */
  confirmation: string | null;
  actor: string | null;
  resources: string | null;
  authorization_details: string | null;
  claims: string | null;
  created_at: Instant;
  changed_at: Instant;
};

/** What an exchanged grant stands on; checked with its tokens. */
type GrantBaseRow = {
  instance_id: string;
  grant_id: string;
  kind: "grant" | "user" | "pat";
  base_id: string;
};

export type GrantTables = { oidc_sessions: GrantRow; grant_bases: GrantBaseRow };
