import { z } from "zod";
import { defineStream } from "../../kernel/event.ts";

const host = z.string().min(1).max(253);
const address = z.string().max(320);

/** How a mail server is logged in to; the secret is sealed and kept apart. */
const smtpAuth = z.discriminatedUnion("is", [
  z.object({ is: z.literal("none") }),
  z.object({ is: z.literal("plain"), user: z.string().max(320) }),
  /** XOAUTH2 with the client credentials grant (RFC 6749 §4.4) of the mail service */
  z.object({
    is: z.literal("xoauth2"),
    user: z.string().max(320),
    tokenEndpoint: z.url().max(2_000),
    clientId: z.string().max(500),
    scopes: z.array(z.string().max(500)).max(20),
  }),
]);

/** Where messages go out, all but the secret. */
export const providerConfig = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("smtp"),
    host,
    port: z.int().min(1).max(65_535),
    /** TLS must stand before anything is sent; from the first byte on port 465, else by STARTTLS */
    tls: z.boolean(),
    auth: smtpAuth,
    senderAddress: address,
    senderName: z.string().max(200),
    replyToAddress: address,
  }),
  z.object({ kind: z.literal("http"), endpoint: z.url().max(2_000) }),
  z.object({
    kind: z.literal("twilio"),
    sid: z.string().min(1).max(200),
    senderNumber: z.string().max(40),
    /** Twilio Verify makes and checks the codes itself */
    verifyServiceSid: z.string().max(200),
  }),
]);
export type ProviderConfig = z.output<typeof providerConfig>;

const providerId = z.string();
const added = z.object({
  providerId,
  description: z.string().max(200),
  config: providerConfig,
  secret: z.string().nullable(),
});

const changed = added.extend({ secret: z.string().nullable().optional() });
const one = z.object({ providerId });

type TypesOf<Verb extends string> = `instance.${"smtp" | "sms"}.config.${Verb}`;

/** One entry per channel, under ZITADEL's event names. */
const forChannels = <Verb extends string, Value>(verb: Verb, value: Value): Record<TypesOf<Verb>, Value> =>
  // Computed keys widen to `string`; these two are exactly the members of TypesOf<Verb>.
  ({ [`instance.smtp.config.${verb}`]: value, [`instance.sms.config.${verb}`]: value }) as Record<TypesOf<Verb>, Value>;

const events = {
  ...forChannels("added", { payload: added }),
  /** `secret` `undefined`: as it was */
  ...forChannels("changed", { payload: changed }),
  ...forChannels("activated", { payload: one }),
  ...forChannels("deactivated", { payload: one }),
  ...forChannels("removed", { payload: one }),
} as const;

export type Provider = {
  readonly description: string;
  readonly config: ProviderConfig;
  /** sealed by the instance's key under `smtp:<id>` or `sms:<id>` */
  readonly secret: string | null;
};

export type ProvidersState = {
  readonly providers: Readonly<Record<string, Provider>>;
  /** the one that messages go by, at most one */
  readonly active: string | null;
};

const initial: ProvidersState = { providers: {}, active: null };

/** Providers of one channel: they are the state of one stream. */
export const providersMax = 10;

type Change<Payload extends z.ZodObject> = (
  state: ProvidersState,
  event: { readonly payload: z.output<Payload> },
) => ProvidersState;

const add: Change<typeof added> = (state, { payload: { providerId: id, ...provider } }) => ({
  ...state,
  providers: { ...state.providers, [id]: provider },
});
const change: Change<typeof changed> = (state, { payload: { providerId: id, secret, ...given } }) => ({
  ...state,
  providers: {
    ...state.providers,
    [id]: { ...given, secret: secret === undefined ? (state.providers[id]?.secret ?? null) : secret },
  },
});
const activate: Change<typeof one> = (state, { payload }) => ({ ...state, active: payload.providerId });
const deactivate: Change<typeof one> = (state, { payload }) => ({
  ...state,
  active: state.active === payload.providerId ? null : state.active,
});
const remove: Change<typeof one> = (state, { payload: { providerId: id } }) => {
  const { [id]: _gone, ...providers } = state.providers;
  return { providers, active: state.active === id ? null : state.active };
};

/** The providers of an instance for one channel (`email` or `sms`: the stream's id), of which at most one is active. */
export const notificationProviders = defineStream<ProvidersState>()({
  kind: "notification_providers",
  revision: 1,
  events,
  initial,
  evolve: {
    ...forChannels("added", add),
    ...forChannels("changed", change),
    ...forChannels("activated", activate),
    ...forChannels("deactivated", deactivate),
    ...forChannels("removed", remove),
  },
});

/** The first part of a channel's event types. */
export const eventPrefix = { email: "instance.smtp.config", sms: "instance.sms.config" } as const;
