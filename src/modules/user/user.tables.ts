import type { UserId, UserKeyId } from "../../kernel/ids.ts";
import type { Instant } from "../../kernel/time.ts";
import type { AccessTokenType, Gender, LivingUserStatus } from "./user.events.ts";

/** One row per living user; `*_folded` columns are what searches without regard to case compare. */
type UserRow = {
  instance_id: string;
  user_id: string;
  org_id: string;
  type: "human" | "machine";
  state: LivingUserStatus;
  user_name: string;
  user_name_folded: string;
  given_name: string;
  given_name_folded: string;
  family_name: string;
  family_name_folded: string;
  nick_name: string;
  nick_name_folded: string;
  /** the name of a service account */
  display_name: string;
  display_name_folded: string;
  preferred_language: string;
  gender: Gender;
  /** "" without one, like the phone */
  email: string;
  email_folded: string;
  email_verified: 0 | 1;
  phone: string;
  phone_verified: 0 | 1;
  password_hash: string | null;
  password_change_required: 0 | 1;
  password_changed_at: Instant | null;
  password_failures: number;
  description: string;
  access_token_type: AccessTokenType;
  /** base64url SHA-256 of a service account's client secret */
  secret_hash: string | null;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

type UserMetadataRow = {
  instance_id: string;
  user_id: string;
  metadata_key: string;
  metadata_value: Uint8Array;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

/** Public keys that a service account signs assertions for. */
type UserKeyRow = {
  instance_id: string;
  user_id: UserId;
  key_id: UserKeyId;
  /** canonical JSON */
  public_jwk: string;
  expires_at: Instant | null;
  created_at: Instant;
};

export type UserTables = { users: UserRow; user_metadata: UserMetadataRow; user_keys: UserKeyRow };
