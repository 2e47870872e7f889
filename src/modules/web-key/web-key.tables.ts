import type { Instant } from "../../kernel/time.ts";

/** The read table of signing keys. Key material never changes; only `state` does. */
type WebKeyRow = {
  instance_id: string;
  key_id: string;
  algorithm: string;
  state: "initial" | "active" | "inactive";
  /** canonical JSON of the public JWK (RFC 7517) */
  public_jwk: string;
  /** sealed under the instance's key */
  private_key: string;
  created_at: Instant;
  changed_at: Instant;
};

export type WebKeyTables = { web_keys: WebKeyRow };
