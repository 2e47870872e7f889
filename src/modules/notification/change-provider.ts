import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { type Decision, defineCommand, noFacts } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import type { InstanceId, NewId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { text } from "../../kernel/text.ts";
import type { Channel } from "./message.events.ts";
import { eventPrefix, notificationProviders, providerConfig, providersMax } from "./provider.events.ts";

const channel = z.enum(["email", "sms"]);
const providerId = text(200).min(1);
const kindsOf: Readonly<Record<Channel, readonly string[]>> = { email: ["smtp", "http"], sms: ["twilio", "http"] };

/** Seals a provider's secret for this instance. */
export type SealProviderSecret = (
  instanceId: InstanceId,
  of: { readonly channel: Channel; readonly providerId: string },
  secret: string,
) => Promise<string>;

export type ProviderSources = { readonly newId: NewId; readonly sealProviderSecret: SealProviderSecret };

const streams = ({ input }: { readonly input: { readonly channel: Channel } }) => ({
  providers: streamRef(notificationProviders, input.channel),
});
const permit = () => needs("iam.write");

const checkKind = (input: { readonly channel: Channel; readonly config: { readonly kind: string } }): void => {
  if (!kindsOf[input.channel].includes(input.config.kind)) {
    throw new Refusal("request.invalid", { fields: [{ path: "config", problem: "is of another channel" }] });
  }
};

/** Adds a provider; it carries nothing until it is activated. */
export const addProvider = defineCommand({
  name: "notification.add-provider",
  input: z.object({ channel, description: text(200).default(""), config: providerConfig, secret: text().nullable() }),
  streams,
  permit,
  facts: async ({ newId, sealProviderSecret }: ProviderSources, { ctx, input }) => {
    const id = newId();
    const { secret } = input;
    const of = { channel: input.channel, providerId: id };
    return { providerId: id, secret: secret === null ? null : await sealProviderSecret(ctx.instanceId, of, secret) };
  },
  decide: ({ input, streams: { providers }, facts }): Decision<{ readonly providerId: string }> => {
    checkKind(input);
    if (Object.keys(providers.state.providers).length >= providersMax) throw new Refusal("notification.too_many");
    const { description, config } = input;
    return {
      events: [providers.record(`${eventPrefix[input.channel]}.added`, { description, config, ...facts })],
      result: { providerId: facts.providerId },
    };
  },
});

/** Changes a provider; a secret that is not given stays. */
export const updateProvider = defineCommand({
  name: "notification.update-provider",
  input: z.object({
    channel,
    providerId,
    description: text(200).optional(),
    config: providerConfig.optional(),
    secret: text().nullable().optional(),
  }),
  streams,
  permit,
  facts: async ({ sealProviderSecret }: ProviderSources, { ctx, input }) => ({
    secret:
      typeof input.secret === "string" ? await sealProviderSecret(ctx.instanceId, input, input.secret) : input.secret,
  }),
  decide: ({ input, streams: { providers }, facts }) => {
    const known = providers.state.providers[input.providerId];
    if (known === undefined) throw new Refusal("notification.provider_not_found");
    const config = input.config ?? known.config;
    checkKind({ channel: input.channel, config });
    if (config.kind !== known.config.kind) throw new Refusal("notification.kind_differs");
    return {
      events: [
        providers.record(`${eventPrefix[input.channel]}.changed`, {
          providerId: input.providerId,
          description: input.description ?? known.description,
          config,
          ...(facts.secret === undefined ? {} : { secret: facts.secret }),
        }),
      ],
      result: undefined,
    };
  },
});

const switchProvider = (verb: "activated" | "deactivated" | "removed") =>
  defineCommand({
    name: `notification.provider-${verb}`,
    input: z.object({ channel, providerId }),
    streams,
    permit,
    facts: noFacts,
    decide: ({ input, streams: { providers } }) => {
      const { state } = providers;
      if (state.providers[input.providerId] === undefined) throw new Refusal("notification.provider_not_found");
      const isActive = state.active === input.providerId;
      if (verb === "activated" && isActive) return { events: [], result: undefined };
      if (verb === "deactivated" && !isActive) return { events: [], result: undefined };
      return {
        events: [providers.record(`${eventPrefix[input.channel]}.${verb}`, { providerId: input.providerId })],
        result: undefined,
      };
    },
  });

/** Makes a provider the one that its channel's messages go by; another one that was active stops. */
export const activateProvider = switchProvider("activated");
/** Stops a provider; messages wait in the outbox until another one is active. */
export const deactivateProvider = switchProvider("deactivated");
export const removeProvider = switchProvider("removed");
