import { type Ctx, needs } from "../../kernel/actor.ts";
import type { InstanceId } from "../../kernel/ids.ts";
import { authorise } from "../../kernel/runner.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Db } from "../../schema.ts";
import type { Channel } from "./message.events.ts";
import { type ProviderConfig, providerConfig, providersMax } from "./provider.events.ts";

export type ProviderView = {
  readonly providerId: string;
  readonly channel: Channel;
  readonly description: string;
  readonly config: ProviderConfig;
  /** sealed */
  readonly secret: string | null;
  readonly isActive: boolean;
  readonly sequence: number;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

const columns = [
  "provider_id",
  "channel",
  "description",
  "config",
  "secret",
  "active",
  "sequence",
  "created_at",
  "changed_at",
] as const;

/** Notification providers. `list` answers callers and checks them; `active` serves Munot itself. */
export const providerReader = ({ db }: { readonly db: Db }) => {
  const all = async (instanceId: InstanceId, channel: Channel): Promise<readonly ProviderView[]> => {
    const rows = await db
      .selectFrom("notification_providers")
      .select(columns)
      .where("instance_id", "=", instanceId)
      .where("channel", "=", channel)
      .orderBy("created_at")
      .orderBy("provider_id")
      .limit(providersMax)
      .execute();
    return rows.map((row) => ({
      providerId: row.provider_id,
      channel: row.channel,
      description: row.description,
      config: providerConfig.parse(JSON.parse(row.config)),
      secret: row.secret,
      isActive: row.active === 1,
      sequence: row.sequence,
      createdAt: row.created_at,
      changedAt: row.changed_at,
    }));
  };
  return {
    /** The providers of a channel, for who may read the instance's settings. */
    list: async (ctx: Ctx, channel: Channel): Promise<readonly ProviderView[]> => {
      authorise(ctx, needs("iam.read"));
      return all(ctx.instanceId, channel);
    },
    /** The provider that messages of a channel go by; `null`: none is active. */
    active: async (instanceId: InstanceId, channel: Channel): Promise<ProviderView | null> =>
      (await all(instanceId, channel)).find(({ isActive }) => isActive) ?? null,
  };
};

export type ProviderReader = ReturnType<typeof providerReader>;
