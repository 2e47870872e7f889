import type { Json } from "./json.ts";
import type { Instant } from "./time.ts";

/** Work to be done after an append, at least once: mail, webhook, cascade. Stored sealed in the outbox, with the events. */
export type NewJob = {
  readonly kind: string;
  /** stable across retries and replays: one job per (event, receiver) */
  readonly key: string;
  readonly payload: Json;
  /** the person whose erasure deletes this job, if it is about one */
  readonly subject?: string;
  readonly expiresAt?: Instant;
};
