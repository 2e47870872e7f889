import { z } from "zod";
import { type Core, systemCtx } from "./compose.ts";
import { issuerOf } from "./issuer.ts";
import type { InstanceId } from "./kernel/ids.ts";
import { Refusal } from "./kernel/refusal.ts";
import { epochSeconds } from "./kernel/time.ts";
import { linkFrom } from "./modules/notification/link.events.ts";
import { composeMail, composeSms, type MailLook, plainLook } from "./modules/notification/mail-layout.events.ts";
import {
  channelOf,
  type MessageText,
  type MessageType,
  type MessageValues,
} from "./modules/notification/message.events.ts";
import { type MessageJob, messageJob, messageJobKind } from "./modules/notification/message-job.events.ts";
import type { ProviderView } from "./modules/notification/provider.queries.ts";
import type { TestMail } from "./modules/notification/provider.rpc.ts";
import { de } from "./modules/notification/texts-de.events.ts";
import { en } from "./modules/notification/texts-en.events.ts";
import type { Policies } from "./modules/settings/policies.events.ts";
import type { HumanView } from "./modules/user/user.queries.ts";
import type { Job, JobHandlers } from "./platform/jobs/worker.ts";
import type { DevInbox } from "./platform/mail/dev-inbox.ts";
import { type SmtpLogin, sendBySmtp } from "./platform/mail/smtp.ts";
import { MessageNotTaken, postMessage } from "./platform/mail/webhook.ts";
import { twilio } from "./platform/sms/twilio.ts";

/** A message waits: nobody has set up a way for it to go. It is tried again until it expires. */
export class NoActiveProvider extends Error {
  override readonly name = "NoActiveProvider";
}

const texts = { en, de } as const satisfies Record<string, Readonly<Record<MessageType, MessageText>>>;

/** Our own pages, for callers that name no link of theirs. */
const ownLinks = {
  init: "/ui/login/init?userID={{.UserID}}&code={{.Code}}",
  password_reset: "/ui/login/password/reset?userID={{.UserID}}&code={{.Code}}",
  verify_email: "/ui/login/verify?userID={{.UserID}}&code={{.Code}}",
  verify_phone: null,
  verify_sms_otp: null,
  verify_email_otp: null,
  domain_claimed: "/ui/login",
  passwordless_registration: "/ui/login/passkey/add?userID={{.UserID}}&codeID={{.CodeID}}&code={{.Code}}",
  password_change: "/ui/login",
  invite_user: "/ui/login/invite?userID={{.UserID}}&code={{.Code}}",
} as const satisfies Record<MessageType, string | null>;

type Deps = Pick<Core, "settings" | "readers" | "dialer" | "now"> & {
  readonly keys: Pick<Core["keys"], "openSecret">;
  /** where messages go while developing when no provider is active */
  readonly inbox: DevInbox | null;
};

type Composed = { readonly subject: string; readonly html: string; readonly text: string; readonly url: string };

/**
 * Sends the messages of the outbox: at least once, with the job's key as the id by which a receiver knows a repetition.
 * Who has been removed meanwhile is not written to. What an error says is a status or a code, never an address.
 */
export const messageHandlers = (deps: Deps): JobHandlers => {
  const { settings, readers, now, inbox } = deps;
  const { deliver, secretOf } = senders(deps);

  const handle = async ({ instanceId, payload, key }: Job): Promise<void> => {
    const message = messageJob.parse(payload);
    const user = await readers.users.findById({ instanceId }, message.userId);
    if (user === null || user.type !== "human") return;
    const instance = (await readers.instances.instances()).find((one) => one.instanceId === instanceId);
    if (instance === undefined) return;
    const issuer = issuerOf(settings, instance);
    const composed = compose(message, user, {
      issuer,
      look: lookOf((await readers.settings.policiesOf(systemCtx(instanceId, "job", now()), user.orgId)).label),
      language: languageOf(user.preferredLanguage, instance.defaultLanguage),
    });
    const channel = channelOf[message.type];
    const provider = await readers.providers.active(instanceId, channel);
    if (provider !== null)
      return deliver(provider, await secretOf(instanceId, provider), { id: messageIdOf(key), message, user, composed });
    if (inbox === null) throw new NoActiveProvider(channel);
    inbox.put({ id: messageIdOf(key), channel, to: message.to, ...composed, at: now() });
  };
  return { [messageJobKind]: handle };
};

/** Letters that may stand in a Message-ID without quotes (RFC 5322 §3.2.3). */
const messageIdOf = (key: string): string => key.replace(/[^A-Za-z0-9_-]/g, "-");

const languageOf = (preferred: string, fallback: string): keyof typeof texts => {
  const known = [preferred, fallback].map((tag) => tag.toLowerCase().split("-")[0] ?? "");
  // Object.hasOwn does not narrow.
  return (known.find((code) => Object.hasOwn(texts, code)) ?? "en") as keyof typeof texts;
};

const lookOf = ({ light }: Policies["label"]): MailLook => ({
  primaryColor: light.primaryColor || plainLook.primaryColor,
  backgroundColor: plainLook.backgroundColor,
  fontColor: plainLook.fontColor,
  logoUrl: light.logoUrl,
  orgName: "",
});

const compose = (
  message: z.output<typeof messageJob>,
  user: HumanView,
  {
    issuer,
    look,
    language,
  }: { readonly issuer: string; readonly look: MailLook; readonly language: keyof typeof texts },
): Composed => {
  const own = ownLinks[message.type];
  const template = message.urlTemplate ?? (own === null ? null : issuer + own);
  const url =
    template === null
      ? ""
      : linkFrom(template, {
          UserID: user.userId,
          OrgID: user.orgId,
          Code: message.code ?? "",
          LoginName: user.preferredLoginName,
          PreferredLoginName: user.preferredLoginName,
          DisplayName: user.displayName,
          PreferredLanguage: user.preferredLanguage,
          ...message.linkValues,
        });
  const values: MessageValues = {
    UserName: user.userName,
    FirstName: user.givenName,
    LastName: user.familyName,
    NickName: user.nickName,
    DisplayName: user.displayName,
    LastEmail: user.email,
    VerifiedEmail: user.emailVerified ? user.email : "",
    LastPhone: user.phone,
    VerifiedPhone: user.phoneVerified ? user.phone : "",
    PreferredLoginName: user.preferredLoginName,
    LoginNames: user.preferredLoginName,
    Domain: new URL(issuer).host,
    ...(message.code === undefined ? {} : { Code: message.code, OTP: message.code }),
    ApplicationName: "Munot",
    ...message.values,
    URL: url,
  };
  const words = texts[language][message.type];
  if (channelOf[message.type] === "sms") return { subject: "", html: "", text: composeSms(words, values), url };
  return { ...composeMail(words, values, { look, language, direction: "ltr", layout: null }), url };
};

type Outgoing = {
  readonly id: string;
  readonly message: Pick<MessageJob, "to" | "code" | "eventType" | "values">;
  readonly user: UserValues;
  readonly composed: Composed;
};

type UserValues = Pick<
  HumanView,
  | "userName"
  | "givenName"
  | "familyName"
  | "nickName"
  | "displayName"
  | "email"
  | "emailVerified"
  | "phone"
  | "phoneVerified"
  | "preferredLoginName"
>;

const tokenAnswer = z.object({ access_token: z.string().min(1) });

const nobody: UserValues = {
  userName: "",
  givenName: "",
  familyName: "",
  nickName: "",
  displayName: "",
  email: "",
  emailVerified: false,
  phone: "",
  phoneVerified: false,
  preferredLoginName: "",
};

/** Sends a mail that says no more than that it arrived. Refuses with `notification.not_sent` and the server's code. */
export const testMailWith =
  (deps: SenderDeps): TestMail =>
  async (instanceId, by, to) => {
    const words = { subject: "Munot test message", text: "This message shows that mail from Munot arrives." };
    const composed = { ...words, html: `<p>${words.text}</p>`, url: "" };
    const out = { id: `test-${deps.now()}`, message: { to, eventType: "test" }, user: nobody, composed };
    const { deliver, secretOf } = senders(deps);
    try {
      if ("stored" in by) await deliver(by.stored, await secretOf(instanceId, by.stored), out);
      else await deliver({ providerId: "", channel: "email", description: "", config: by.config }, by.secret, out);
    } catch (error) {
      throw new Refusal("notification.not_sent", {
        fields: [{ path: "provider", problem: error instanceof Error ? error.message : "failed" }],
      });
    }
  };

type SenderDeps = Pick<Deps, "dialer" | "keys" | "now">;

type Way = Pick<ProviderView, "providerId" | "channel" | "description" | "config">;

const senders = ({ dialer, keys, now }: SenderDeps) => {
  const bySmtp = sendBySmtp(dialer);
  const byHttp = postMessage(dialer);
  const byTwilio = twilio(dialer);

  const secretOf = async (
    instanceId: InstanceId,
    { providerId, channel, secret }: ProviderView,
  ): Promise<string | null> =>
    secret === null
      ? null
      : Buffer.from(
          await keys.openSecret(instanceId, `${channel === "email" ? "smtp" : "sms"}:${providerId}`, secret),
        ).toString();

  /** RFC 6749 §4.4 at the mail service. */
  const mailToken = async (
    auth: { readonly tokenEndpoint: string; readonly clientId: string; readonly scopes: readonly string[] },
    clientSecret: string,
  ): Promise<string> => {
    const { status, body } = await dialer.fetch(auth.tokenEndpoint, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: auth.clientId,
        client_secret: clientSecret,
        scope: auth.scopes.join(" "),
      }).toString(),
      httpsOnly: true,
    });
    if (status !== 200) throw new MessageNotTaken(`token status ${status}`);
    return tokenAnswer.parse(JSON.parse(Buffer.from(body).toString())).access_token;
  };

  const deliver = async (provider: Way, secret: string | null, out: Outgoing): Promise<void> => {
    const { config } = provider;
    const { message, composed } = out;
    switch (config.kind) {
      case "smtp": {
        const { auth } = config;
        const login: SmtpLogin =
          auth.is === "none"
            ? { is: "none" }
            : auth.is === "plain"
              ? { is: "password", user: auth.user, password: secret ?? "" }
              : { is: "xoauth2", user: auth.user, accessToken: () => mailToken(auth, secret ?? "") };
        const { host, port, tls } = config;
        const sender = { address: config.senderAddress, name: config.senderName, replyTo: config.replyToAddress };
        const implicitTls = tls && port === 465;
        return bySmtp({ host, port, implicitTls, requireTls: tls, login }, sender, {
          ...composed,
          id: out.id,
          to: message.to,
        });
      }
      case "http":
        return byHttp(
          { endpoint: config.endpoint, signingKey: secret },
          { id: out.id, body: webhookBody(provider, out), unixSeconds: epochSeconds(now()) },
        );
      case "twilio":
        return byTwilio.send({ sid: config.sid, token: secret ?? "" }, config.senderNumber, message.to, composed.text);
    }
  };
  return { deliver, secretOf };
};

/** What ZITADEL's HTTP providers are posted. */
const webhookBody = ({ providerId, channel, description }: Way, { message, user, composed }: Outgoing) => ({
  contextInfo: {
    eventType: message.eventType,
    provider: { id: providerId, description },
    ...(channel === "email" ? { recipientEmailAddress: message.to } : { recipientPhoneNumber: message.to }),
  },
  templateData: {
    subject: composed.subject,
    text: composed.text,
    url: composed.url,
  },
  args: {
    code: message.code ?? "",
    otp: message.code ?? "",
    url: composed.url,
    userName: user.userName,
    firstName: user.givenName,
    lastName: user.familyName,
    nickName: user.nickName,
    displayName: user.displayName,
    lastEmail: user.email,
    verifiedEmail: user.emailVerified ? user.email : "",
    lastPhone: user.phone,
    verifiedPhone: user.phoneVerified ? user.phone : "",
    loginNames: [user.preferredLoginName],
    preferredLoginName: user.preferredLoginName,
    ...message.values,
  },
});
