import type { Instant } from "../../kernel/time.ts";

/** One policy of the instance (`owner_id` is "") or of an org that overrides it. */
type SettingsRow = {
  instance_id: string;
  owner_id: string;
  policy: string;
  /** canonical JSON of the policy's schema */
  value: string;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

export type SettingsTables = { settings: SettingsRow };
