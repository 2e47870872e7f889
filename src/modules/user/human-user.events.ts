import { z } from "zod";
import type { Loaded, NewEvent } from "../../kernel/event.ts";
import { type OrgId, userId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { email, name, text } from "../../kernel/text.ts";
import { addSeconds, type Instant } from "../../kernel/time.ts";
import type { PasswordComplexityPolicy } from "../settings/policies.events.ts";
import { type MintCode, type MintedCode, phoneNumber, verification } from "./contact.events.ts";
import { userMetadata } from "./metadata.events.ts";
import { givenPassword, hashOfPassword, type PasswordHashing } from "./password-change.events.ts";
import { checkPasswordComplexity } from "./password-complexity.events.ts";
import { genders, type user } from "./user.events.ts";

/** RFC 5646 §2.1 in its usual forms, or "" */
export const languageTag = text(20).regex(/^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?$/, "is not a language tag");

/** All that is known of a human user on the day it is created. */
export const humanUser = z.object({
  /** the caller's own id for the user; one is made when it is missing */
  userId: userId.optional(),
  /** defaults to the e-mail address */
  userName: name().optional(),
  givenName: name(),
  familyName: name(),
  nickName: text(limits.nameChars).default(""),
  displayName: text(limits.nameChars).optional(),
  preferredLanguage: languageTag.default(""),
  gender: z.enum(genders).default("unspecified"),
  email,
  emailVerification: verification.default("send_code"),
  phone: phoneNumber.nullable().default(null),
  phoneVerification: verification.default("send_code"),
  password: givenPassword.nullable().default(null),
  passwordChangeRequired: z.boolean().default(false),
  metadata: userMetadata.default([]),
});
export type HumanUser = z.output<typeof humanUser>;

/** What creating a human needs from outside. */
export type HumanUserSources = PasswordHashing & { readonly mintCode: MintCode };

export type HumanUserFacts = {
  readonly passwordHash: string | null;
  readonly emailCode: MintedCode | null;
  readonly phoneCode: MintedCode | null;
};

/** Gathers hashes and codes for one new human. */
export const humanUserFacts = async (from: HumanUserSources, input: HumanUser): Promise<HumanUserFacts> => ({
  passwordHash: input.password === null ? null : await hashOfPassword(from, input.password),
  emailCode: input.emailVerification === "return_code" ? from.mintCode() : null,
  phoneCode: input.phone !== null && input.phoneVerification === "return_code" ? from.mintCode() : null,
});

/** The events that make a human user; refuses a weak password and an id that was used before. */
export const humanUserEvents = (
  added: Loaded<typeof user>,
  input: HumanUser,
  facts: HumanUserFacts,
  at: { readonly orgId: OrgId; readonly now: Instant; readonly complexity: PasswordComplexityPolicy },
): readonly NewEvent[] => {
  if (added.exists) throw new Refusal("request.id_taken");
  if (input.password?.is === "plain") checkPasswordComplexity(at.complexity, input.password.password);
  const expiresAt = addSeconds(at.now, limits.codeSeconds);
  const events = [
    added.record(
      "user.human.added",
      { orgId: at.orgId, userNameScope: "instance", passwordChangeRequired: input.passwordChangeRequired },
      {
        userName: input.userName ?? input.email,
        givenName: input.givenName,
        familyName: input.familyName,
        nickName: input.nickName,
        displayName: input.displayName || `${input.givenName} ${input.familyName}`,
        preferredLanguage: input.preferredLanguage,
        gender: input.gender,
        email: input.email,
        phone: input.phone,
        passwordHash: facts.passwordHash,
      },
    ),
  ];
  if (input.emailVerification === "verified") events.push(added.record("user.human.email.verified", {}));
  if (facts.emailCode) {
    events.push(added.record("user.human.email.code.added", { expiresAt }, { codeHash: facts.emailCode.hash }));
  }
  if (input.phone !== null && input.phoneVerification === "verified") {
    events.push(added.record("user.human.phone.verified", {}));
  }
  if (facts.phoneCode) {
    events.push(added.record("user.human.phone.code.added", { expiresAt }, { codeHash: facts.phoneCode.hash }));
  }
  for (const { key, value } of input.metadata) events.push(added.record("user.metadata.set", { key }, { value }));
  return events;
};

/** What the creator of a human user is told: codes only where they were asked for. */
export const humanUserResult = (added: Loaded<typeof user>, facts: HumanUserFacts) => ({
  userId: added.id,
  emailCode: facts.emailCode?.text ?? null,
  phoneCode: facts.phoneCode?.text ?? null,
});
