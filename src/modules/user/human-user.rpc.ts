import type { SetHumanEmail } from "@zitadel/proto/zitadel/user/v2/email_pb.js";
import type { IDPLink } from "@zitadel/proto/zitadel/user/v2/idp_pb.js";
import type { HashedPassword, Password } from "@zitadel/proto/zitadel/user/v2/password_pb.js";
import type { SetHumanPhone } from "@zitadel/proto/zitadel/user/v2/phone_pb.js";
import { Gender, type SetHumanProfile } from "@zitadel/proto/zitadel/user/v2/user_pb.js";
import type { z } from "zod";
import { Refusal } from "../../kernel/refusal.ts";
import type { humanUser } from "./human-user.events.ts";
import type { Gender as GenderName } from "./user.events.ts";

export type HumanUserInput = z.input<typeof humanUser>;

export const genderNames: { readonly [value in Gender]: GenderName } = {
  [Gender.UNSPECIFIED]: "unspecified",
  [Gender.FEMALE]: "female",
  [Gender.MALE]: "male",
  [Gender.DIVERSE]: "diverse",
};

/** What AddHumanUser and CreateUser have in common. */
export type HumanUserMessage = {
  readonly profile?: SetHumanProfile | undefined;
  readonly email?: SetHumanEmail | undefined;
  readonly phone?: SetHumanPhone | undefined;
  readonly metadata: readonly { readonly key: string; readonly value: Uint8Array }[];
  readonly passwordType:
    | { readonly case: "password"; readonly value: Password }
    | { readonly case: "hashedPassword"; readonly value: HashedPassword }
    | { readonly case: undefined; readonly value?: undefined };
  readonly idpLinks: readonly IDPLink[];
  readonly totpSecret?: string | undefined;
};

/** How an address is to be proven, as messages say it. */
export const verificationOf = (
  verification: SetHumanEmail["verification"] | SetHumanPhone["verification"] | undefined,
) => {
  switch (verification?.case) {
    case "isVerified":
      return verification.value ? "verified" : "send_code";
    case "returnCode":
      return "return_code";
    default:
      return "send_code";
  }
};

const passwordOf = (
  password: HumanUserMessage["passwordType"],
): Pick<HumanUserInput, "password" | "passwordChangeRequired"> => {
  switch (password.case) {
    case "password":
      return {
        password: { is: "plain", password: password.value.password },
        passwordChangeRequired: password.value.changeRequired,
      };
    case "hashedPassword":
      return {
        password: { is: "hashed", hash: password.value.hash },
        passwordChangeRequired: password.value.changeRequired,
      };
    default:
      return {};
  }
};

/** A human user as its messages describe it. */
export const humanUserOf = (
  message: HumanUserMessage,
  ids: { readonly userId?: string | undefined; readonly username?: string | undefined },
): HumanUserInput => {
  if (message.idpLinks.length > 0 || message.totpSecret) throw new Refusal("feature.unimplemented");
  const { profile } = message;
  return {
    userId: ids.userId || undefined,
    userName: ids.username || undefined,
    givenName: profile?.givenName ?? "",
    familyName: profile?.familyName ?? "",
    nickName: profile?.nickName,
    displayName: profile?.displayName,
    preferredLanguage: profile?.preferredLanguage,
    gender: genderNames[profile?.gender ?? Gender.UNSPECIFIED],
    email: message.email?.email ?? "",
    emailVerification: verificationOf(message.email?.verification),
    phone: message.phone?.phone || null,
    phoneVerification: verificationOf(message.phone?.verification),
    metadata: message.metadata.map(({ key, value }) => ({ key, value: value.toBase64() })),
    ...passwordOf(message.passwordType),
  };
};

/** The codes of an answer; fields that are not set stay away. */
export const codesOf = (result: { readonly emailCode: string | null; readonly phoneCode: string | null }) => ({
  ...(result.emailCode === null ? {} : { emailCode: result.emailCode }),
  ...(result.phoneCode === null ? {} : { phoneCode: result.phoneCode }),
});
