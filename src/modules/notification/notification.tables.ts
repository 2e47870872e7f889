import type { Instant } from "../../kernel/time.ts";
import type { Channel } from "./message.events.ts";

type ProviderRow = {
  instance_id: string;
  provider_id: string;
  channel: Channel;
  description: string;
  /** canonical JSON: ProviderConfig */
  config: string;
  /** sealed */
  secret: string | null;
  active: 0 | 1;
  sequence: number;
  created_at: Instant;
  changed_at: Instant;
};

export type NotificationTables = { notification_providers: ProviderRow };
