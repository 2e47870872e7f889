import type { Recorded } from "../../kernel/event.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { Projection } from "../../platform/projections/projection.ts";
import type { Database, Db } from "../../schema.ts";
import type { Channel } from "./message.events.ts";
import type { NotificationTables } from "./notification.tables.ts";
import type { notificationProviders, ProviderConfig } from "./provider.events.ts";

const put = (e: Recorded, db: Db, providerId: string, set: Partial<NotificationTables["notification_providers"]>) => [
  db
    .updateTable("notification_providers")
    .set({ ...set, sequence: e.version, changed_at: e.at })
    .where("instance_id", "=", e.instanceId)
    .where("provider_id", "=", providerId),
];

type Added = {
  readonly providerId: string;
  readonly description: string;
  readonly config: ProviderConfig;
  readonly secret: string | null;
};

const add = (channel: Channel) => (e: Recorded & { readonly payload: Added }, db: Db) => [
  db.insertInto("notification_providers").values({
    instance_id: e.instanceId,
    provider_id: e.payload.providerId,
    channel,
    description: e.payload.description,
    config: canonicalJson(e.payload.config),
    secret: e.payload.secret,
    active: 0,
    sequence: e.version,
    created_at: e.at,
    changed_at: e.at,
  }),
];

const change = (
  e: Recorded & { readonly payload: Omit<Added, "secret"> & { readonly secret?: string | null | undefined } },
  db: Db,
) => {
  const { providerId, description, config, secret } = e.payload;
  return put(e, db, providerId, {
    description,
    config: canonicalJson(config),
    ...(secret === undefined ? {} : { secret }),
  });
};

type One = Recorded & { readonly payload: { readonly providerId: string } };

const activate = (channel: Channel) => (e: One, db: Db) => [
  db
    .updateTable("notification_providers")
    .set({ active: 0 })
    .where("instance_id", "=", e.instanceId)
    .where("channel", "=", channel),
  ...put(e, db, e.payload.providerId, { active: 1 }),
];
const deactivate = (e: One, db: Db) => put(e, db, e.payload.providerId, { active: 0 });
const remove = (e: One, db: Db) => [
  db
    .deleteFrom("notification_providers")
    .where("instance_id", "=", e.instanceId)
    .where("provider_id", "=", e.payload.providerId),
];

/** The providers of both channels, one row each. */
export const providerProjection: Projection<Database, typeof notificationProviders> = {
  "instance.smtp.config.added": add("email"),
  "instance.sms.config.added": add("sms"),
  "instance.smtp.config.changed": change,
  "instance.sms.config.changed": change,
  "instance.smtp.config.activated": activate("email"),
  "instance.sms.config.activated": activate("sms"),
  "instance.smtp.config.deactivated": deactivate,
  "instance.sms.config.deactivated": deactivate,
  "instance.smtp.config.removed": remove,
  "instance.sms.config.removed": remove,
};
