import { z } from "zod";
import type { Loaded, NewEvent } from "../../kernel/event.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { email, text } from "../../kernel/text.ts";
import { addSeconds, type Instant } from "../../kernel/time.ts";
import type { PendingCode, user } from "./user.events.ts";

/** Whether an address counts as proven, or how the code that proves it reaches its holder. */
export const verification = z.enum(["verified", "return_code", "send_code"]);
export type Verification = z.output<typeof verification>;

/** Digits with an optional `+`; separators people write are dropped. */
export const phoneNumber = text(40)
  .transform((number) => number.replace(/[\s()./-]/g, ""))
  .pipe(z.string().regex(/^\+?\d{3,20}$/, "is not a phone number"));

export const emailChange = z.object({ email, verification: verification.default("send_code") });
export const phoneChange = z.object({ phone: phoneNumber, verification: verification.default("send_code") });

/** A short code for a person to type, and what is kept of it. */
export type MintedCode = { readonly text: string; readonly hash: string };
export type MintCode = () => MintedCode;

/** Makes the code that a change asks to be told. */
export const codeFor = (
  from: { readonly mintCode: MintCode },
  change: { readonly verification: Verification } | null | undefined,
): MintedCode | null => (change?.verification === "return_code" ? from.mintCode() : null);

/**
 * Whether a change leaves it to the address's holder to prove it. Only such a change may a user make to itself: nobody
 * calls the own address verified, nor is told the code that was to prove it (GHSA-282g-fhmx-xf54, GHSA-jq8w-8q2f-ffm9).
 */
export const isUnproven = (change: { readonly verification: Verification } | null | undefined): boolean =>
  change === null || change === undefined || change.verification === "send_code";

const expiry = (now: Instant) => ({ expiresAt: addSeconds(now, limits.codeSeconds) });

/** The code that proves the e-mail address; it takes the place of an earlier one. */
export const emailCodeEvent = (of: Loaded<typeof user>, code: MintedCode, now: Instant): NewEvent => {
  if (of.state.emailVerified) throw new Refusal("user.email_verified");
  return of.record("user.human.email.code.added", expiry(now), { codeHash: code.hash });
};

/** The code that proves the phone number; it takes the place of an earlier one. */
export const phoneCodeEvent = (of: Loaded<typeof user>, code: MintedCode, now: Instant): NewEvent => {
  if (of.state.phone === null) throw new Refusal("user.phone_not_set");
  if (of.state.phoneVerified) throw new Refusal("user.phone_verified");
  return of.record("user.human.phone.code.added", expiry(now), { codeHash: code.hash });
};

/** A change of the e-mail address. The same address stays as proven as it was. */
export const emailEvents = (
  of: Loaded<typeof user>,
  change: z.output<typeof emailChange>,
  code: MintedCode | null,
  now: Instant,
): readonly NewEvent[] => {
  const same = of.state.email === change.email;
  const events = same ? [] : [of.record("user.human.email.changed", {}, { email: change.email })];
  const verified = same && of.state.emailVerified;
  if (change.verification === "verified" && !verified) events.push(of.record("user.human.email.verified", {}));
  if (code === null) return events;
  if (verified) throw new Refusal("user.email_verified");
  return [...events, of.record("user.human.email.code.added", expiry(now), { codeHash: code.hash })];
};

/** A change of the phone number. The same number stays as proven as it was. */
export const phoneEvents = (
  of: Loaded<typeof user>,
  change: z.output<typeof phoneChange>,
  code: MintedCode | null,
  now: Instant,
): readonly NewEvent[] => {
  const same = of.state.phone === change.phone;
  const events = same ? [] : [of.record("user.human.phone.changed", {}, { phone: change.phone })];
  const verified = same && of.state.phoneVerified;
  if (change.verification === "verified" && !verified) events.push(of.record("user.human.phone.verified", {}));
  if (code === null) return events;
  if (verified) throw new Refusal("user.phone_verified");
  return [...events, of.record("user.human.phone.code.added", expiry(now), { codeHash: code.hash })];
};

/** What presenting a code comes to. A wrong one leaves the expiry as it is, and after a few the code is dead. */
export const judgeCode = (pending: PendingCode | null, hash: string, now: Instant): "right" | "wrong" | "dead" => {
  if (pending === null || pending.expiresAt <= now || pending.failures >= limits.codeAttempts) return "dead";
  // Both are HMACs under a key that callers do not know: how long the comparison takes tells them nothing.
  return pending.hash === hash ? "right" : "wrong";
};
