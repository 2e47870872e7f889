import { z } from "zod";

/** What is written to people, by the names of ZITADEL's message types. */
export const messageTypes = [
  /** to a new user: prove the address and choose a password */
  "init",
  "password_reset",
  "verify_email",
  "verify_phone",
  /** one-time codes that prove a sign-in */
  "verify_sms_otp",
  "verify_email_otp",
  "domain_claimed",
  /** a link that registers a passkey */
  "passwordless_registration",
  /** the password has been changed */
  "password_change",
  "invite_user",
] as const;
export type MessageType = (typeof messageTypes)[number];

export type Channel = "email" | "sms";

/** Which way a message goes. */
export const channelOf = {
  init: "email",
  password_reset: "email",
  verify_email: "email",
  verify_phone: "sms",
  verify_sms_otp: "sms",
  verify_email_otp: "email",
  domain_claimed: "email",
  passwordless_registration: "email",
  password_change: "email",
  invite_user: "email",
} as const satisfies Record<MessageType, Channel>;

const line = z.string().max(500);

/** The texts of one message in one language. Of an SMS only `text` is sent. `{{.Name}}` stands for a value of {@link placeholders}. */
export const messageText = z.object({
  title: line,
  preHeader: line,
  subject: line,
  greeting: line,
  text: z.string().max(10_000),
  buttonText: line,
  footerText: z.string().max(2_000),
});
export type MessageText = z.output<typeof messageText>;

/** What texts may name. A value that a message does not have is the empty text. */
export const placeholders = [
  "UserName",
  "FirstName",
  "LastName",
  "NickName",
  "DisplayName",
  "LastEmail",
  "VerifiedEmail",
  "LastPhone",
  "VerifiedPhone",
  "PreferredLoginName",
  "LoginNames",
  "ChangeDate",
  "CreationDate",
  "Code",
  "OTP",
  "URL",
  "Domain",
  "Expiry",
  "ApplicationName",
  "OrgName",
] as const;
export type Placeholder = (typeof placeholders)[number];
export type MessageValues = Readonly<Partial<Record<Placeholder, string>>>;
