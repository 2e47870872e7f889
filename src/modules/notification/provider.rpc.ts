import type { MessageInitShape } from "@bufbuild/protobuf";
import type { AdminService } from "@zitadel/proto/zitadel/admin_pb.js";
import {
  type EmailProviderSchema,
  EmailProviderState,
  SMSProviderConfigState,
  type SMSProviderSchema,
  type SMTPConfigSchema,
  SMTPConfigState,
} from "@zitadel/proto/zitadel/settings_pb.js";
import type { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import type { Done, Run } from "../../kernel/command.ts";
import type { InstanceId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise } from "../../kernel/runner.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { detailsOf } from "../../platform/http/details.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import {
  activateProvider,
  addProvider,
  deactivateProvider,
  type ProviderSources,
  removeProvider,
  updateProvider,
} from "./change-provider.ts";
import type { Channel } from "./message.events.ts";
import type { ProviderConfig, providerConfig } from "./provider.events.ts";
import type { ProviderReader, ProviderView } from "./provider.queries.ts";

/** Sends one mail by settings that need not be stored; rejects when the server does not take it. */
export type TestMail = (
  instanceId: InstanceId,
  by: { readonly config: ProviderConfig; readonly secret: string | null } | { readonly stored: ProviderView },
  to: string,
) => Promise<void>;

export type ProviderMethodsDeps = {
  readonly run: Run<ProviderSources>;
  readonly providers: ProviderReader;
  readonly testMail: TestMail;
};

type SmtpFields = {
  readonly host: string;
  readonly tls: boolean;
  readonly user: string;
  readonly senderAddress: string;
  readonly senderName: string;
  readonly replyToAddress?: string;
};

/** The contract's `host` is `name:port`; without a port that of message submission (RFC 6409 §3.1, RFC 8314 §3.3). */
const smtpConfig = (of: SmtpFields): Extract<z.input<typeof providerConfig>, { kind: "smtp" }> => {
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(of.host.trim());
  if (match === null)
    throw new Refusal("request.invalid", { fields: [{ path: "host", problem: "must be name:port" }] });
  return {
    kind: "smtp",
    host: (match[1] ?? "").replace(/^\[|\]$/g, ""),
    port: Number(match[2] ?? (of.tls ? 465 : 587)),
    tls: of.tls,
    auth: of.user === "" ? { is: "none" } : { is: "plain", user: of.user },
    senderAddress: of.senderAddress,
    senderName: of.senderName,
    replyToAddress: of.replyToAddress ?? "",
  };
};

const isSmtp = ({ config }: ProviderView): boolean => config.kind === "smtp";

const smtpFields = (config: Extract<ProviderConfig, { kind: "smtp" }>) => ({
  host: `${config.host.includes(":") ? `[${config.host}]` : config.host}:${config.port}`,
  tls: config.tls,
  user: config.auth.is === "none" ? "" : config.auth.user,
  senderAddress: config.senderAddress,
  senderName: config.senderName,
  replyToAddress: config.replyToAddress,
});

const viewDetails = (view: ProviderView, { ctx }: Call) => ({
  sequence: BigInt(view.sequence),
  creationDate: toTimestamp(view.createdAt),
  changeDate: toTimestamp(view.changedAt),
  resourceOwner: ctx.instanceId,
});

const emailMessage = (view: ProviderView, call: Call): MessageInitShape<typeof EmailProviderSchema> => {
  const { config } = view;
  return {
    id: view.providerId,
    details: viewDetails(view, call),
    description: view.description,
    state: view.isActive ? EmailProviderState.EMAIL_PROVIDER_ACTIVE : EmailProviderState.EMAIL_PROVIDER_INACTIVE,
    ...(config.kind === "smtp" ? { config: { case: "smtp", value: smtpFields(config) } } : {}),
    ...(config.kind === "http" ? { config: { case: "http", value: { endpoint: config.endpoint } } } : {}),
  };
};

const smtpMessage = (view: ProviderView, call: Call): MessageInitShape<typeof SMTPConfigSchema> => ({
  id: view.providerId,
  details: viewDetails(view, call),
  description: view.description,
  state: view.isActive ? SMTPConfigState.SMTP_CONFIG_ACTIVE : SMTPConfigState.SMTP_CONFIG_INACTIVE,
  ...(view.config.kind === "smtp" ? smtpFields(view.config) : {}),
});

const smsMessage = (view: ProviderView, call: Call): MessageInitShape<typeof SMSProviderSchema> => {
  const { config } = view;
  return {
    id: view.providerId,
    details: viewDetails(view, call),
    description: view.description,
    state: view.isActive
      ? SMSProviderConfigState.SMS_PROVIDER_CONFIG_ACTIVE
      : SMSProviderConfigState.SMS_PROVIDER_CONFIG_INACTIVE,
    ...(config.kind === "twilio"
      ? {
          config: {
            case: "twilio",
            value: { sid: config.sid, senderNumber: config.senderNumber, verifyServiceSid: config.verifyServiceSid },
          },
        }
      : {}),
    ...(config.kind === "http" ? { config: { case: "http", value: { endpoint: config.endpoint } } } : {}),
  };
};

const listed = <Item>(result: readonly Item[]) => ({
  details: { totalResult: BigInt(result.length) },
  result: [...result],
});

/** Methods of zitadel.admin.v1.AdminService on the ways by which messages go out. */
export const providerMethods = ({ run, providers, testMail }: ProviderMethodsDeps) => {
  const find = async (call: Call, channel: Channel, is: (view: ProviderView) => boolean): Promise<ProviderView> => {
    const found = (await providers.list(call.ctx, channel)).find(is);
    if (found === undefined) throw new Refusal("notification.provider_not_found");
    return found;
  };
  const byId = (call: Call, channel: Channel, id: string) => find(call, channel, ({ providerId }) => providerId === id);
  const details = (done: Done<unknown>, call: Call) => ({ details: detailsOf(done, call) });
  const add = async (
    channel: Channel,
    call: Call,
    input: {
      readonly description: string;
      readonly config: z.input<typeof providerConfig>;
      readonly secret: string | null;
    },
  ) => {
    const done = await run(addProvider, call.ctx, { channel, ...input });
    return { ...details(done, call), id: done.result.providerId };
  };
  const update = async (
    channel: Channel,
    call: Call,
    {
      id,
      ...change
    }: {
      readonly id: string;
      readonly description?: string;
      readonly config?: z.input<typeof providerConfig>;
      readonly secret?: string | undefined;
    },
  ) => details(await run(updateProvider, call.ctx, { channel, providerId: id, ...change }), call);
  const turn =
    (channel: Channel, command: typeof activateProvider | typeof deactivateProvider | typeof removeProvider) =>
    async ({ id }: { readonly id: string }, call: Call) =>
      details(await run(command, call.ctx, { channel, providerId: id }), call);

  /** The empty password of an update leaves the one that is stored. */
  const given = (password: string): string | undefined => (password === "" ? undefined : password);
  const test = async (
    {
      id,
      receiverAddress,
      password,
      ...fields
    }: SmtpFields & {
      readonly id: string;
      readonly receiverAddress: string;
      readonly password: string;
    },
    call: Call,
  ) => {
    authorise(call.ctx, needs("iam.write"));
    if (id !== "" && password === "" && fields.host === "") {
      await testMail(call.ctx.instanceId, { stored: await byId(call, "email", id) }, receiverAddress);
      return {};
    }
    const secret = password === "" ? null : password;
    // Input and output of this configuration are the same type.
    await testMail(call.ctx.instanceId, { config: smtpConfig(fields) as ProviderConfig, secret }, receiverAddress);
    return {};
  };
  const testById = async (
    { id, receiverAddress }: { readonly id: string; readonly receiverAddress: string },
    call: Call,
  ) => {
    authorise(call.ctx, needs("iam.write"));
    await testMail(call.ctx.instanceId, { stored: await byId(call, "email", id) }, receiverAddress);
    return {};
  };
  const addSmtp = async (
    request: SmtpFields & { readonly password: string; readonly description: string },
    call: Call,
  ) =>
    add("email", call, {
      description: request.description,
      config: smtpConfig(request),
      secret: request.password === "" ? null : request.password,
    });
  const updateSmtp = async (
    request: SmtpFields & { readonly id: string; readonly password: string; readonly description: string },
    call: Call,
  ) =>
    update("email", call, {
      id: request.id,
      description: request.description,
      config: smtpConfig(request),
      secret: given(request.password),
    });
  const setPassword = async ({ id, password }: { readonly id: string; readonly password: string }, call: Call) =>
    update("email", call, { id, secret: password });

  return {
    listEmailProviders: async (_request, call) =>
      listed((await providers.list(call.ctx, "email")).map((view) => emailMessage(view, call))),
    getEmailProvider: async (_request, call) => ({
      config: emailMessage(await find(call, "email", ({ isActive }) => isActive), call),
    }),
    getEmailProviderById: async ({ id }, call) => ({ config: emailMessage(await byId(call, "email", id), call) }),
    addEmailProviderSMTP: addSmtp,
    updateEmailProviderSMTP: updateSmtp,
    updateEmailProviderSMTPPassword: setPassword,
    addEmailProviderHTTP: ({ description, endpoint }, call) =>
      add("email", call, { description, config: { kind: "http", endpoint }, secret: null }),
    updateEmailProviderHTTP: ({ id, description, endpoint }, call) =>
      update("email", call, { id, description, config: { kind: "http", endpoint } }),
    activateEmailProvider: turn("email", activateProvider),
    deactivateEmailProvider: turn("email", deactivateProvider),
    removeEmailProvider: turn("email", removeProvider),
    testEmailProviderSMTP: test,
    testEmailProviderSMTPById: testById,

    listSMTPConfigs: async (_request, call) =>
      listed((await providers.list(call.ctx, "email")).filter(isSmtp).map((view) => smtpMessage(view, call))),
    getSMTPConfig: async (_request, call) => ({
      smtpConfig: smtpMessage(await find(call, "email", (view) => view.isActive && isSmtp(view)), call),
    }),
    getSMTPConfigById: async ({ id }, call) => ({
      smtpConfig: smtpMessage(await find(call, "email", (view) => view.providerId === id && isSmtp(view)), call),
    }),
    addSMTPConfig: addSmtp,
    updateSMTPConfig: updateSmtp,
    updateSMTPConfigPassword: setPassword,
    activateSMTPConfig: turn("email", activateProvider),
    deactivateSMTPConfig: turn("email", deactivateProvider),
    removeSMTPConfig: turn("email", removeProvider),
    testSMTPConfig: test,
    testSMTPConfigById: testById,

    listSMSProviders: async (_request, call) =>
      listed((await providers.list(call.ctx, "sms")).map((view) => smsMessage(view, call))),
    getSMSProvider: async ({ id }, call) => ({ config: smsMessage(await byId(call, "sms", id), call) }),
    addSMSProviderTwilio: ({ description, token, sid, senderNumber, verifyServiceSid }, call) =>
      add("sms", call, {
        description,
        config: { kind: "twilio", sid, senderNumber, verifyServiceSid },
        secret: token === "" ? null : token,
      }),
    updateSMSProviderTwilio: ({ id, description, sid, senderNumber, verifyServiceSid }, call) =>
      update("sms", call, { id, description, config: { kind: "twilio", sid, senderNumber, verifyServiceSid } }),
    updateSMSProviderTwilioToken: ({ id, token }, call) => update("sms", call, { id, secret: token }),
    addSMSProviderHTTP: ({ description, endpoint }, call) =>
      add("sms", call, { description, config: { kind: "http", endpoint }, secret: null }),
    updateSMSProviderHTTP: ({ id, description, endpoint }, call) =>
      update("sms", call, { id, description, config: { kind: "http", endpoint } }),
    activateSMSProvider: turn("sms", activateProvider),
    deactivateSMSProvider: turn("sms", deactivateProvider),
    removeSMSProvider: turn("sms", removeProvider),
  } satisfies RpcMethods<typeof AdminService>;
};
