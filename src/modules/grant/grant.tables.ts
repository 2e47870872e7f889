import type { Instant } from "../../kernel/time.ts";

/** The read table of OIDC sessions: what one user allowed one client, joined when a token of it is presented. */
type GrantRow = {
  instance_id: string;
  grant_id: string;
  user_id: string;
  session_id: string;
  client_id: string;
  auth_request_id: string;
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
  created_at: Instant;
  changed_at: Instant;
};

export type GrantTables = { oidc_sessions: GrantRow };
