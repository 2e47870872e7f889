import type { SetHumanEmail } from "@zitadel/proto/zitadel/user/v2/email_pb.js";
import type { SetPassword } from "@zitadel/proto/zitadel/user/v2/password_pb.js";
import type { SetHumanPhone } from "@zitadel/proto/zitadel/user/v2/phone_pb.js";
import type { Gender } from "@zitadel/proto/zitadel/user/v2/user_pb.js";
import type { SetPasswordRequest, UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import type { z } from "zod";
import { needsAuthenticated } from "../../kernel/actor.ts";
import type { Run } from "../../kernel/command.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { authorise } from "../../kernel/runner.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { detailsOf } from "../../platform/http/details.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { codesOf, genderNames, verificationOf } from "./human-user.rpc.ts";
import type { PasswordChange } from "./password-change.events.ts";
import { setPassword } from "./set-password.ts";
import { type UpdateUserSources, updateUser } from "./update-user.ts";

type HumanChange = NonNullable<z.input<(typeof updateUser)["input"]>["human"]>;

/** What UpdateUser and UpdateHumanUser have in common; a field that is not set stays as it is. */
type HumanMessage = {
  readonly profile?:
    | {
        readonly givenName?: string;
        readonly familyName?: string;
        readonly nickName?: string;
        readonly displayName?: string;
        readonly preferredLanguage?: string;
        readonly gender?: Gender;
      }
    | undefined;
  readonly email?: SetHumanEmail | undefined;
  readonly phone?: SetHumanPhone | undefined;
  readonly password?: SetPassword | undefined;
};

const profileOf = (profile: NonNullable<HumanMessage["profile"]>): HumanChange["profile"] => ({
  givenName: profile.givenName,
  familyName: profile.familyName,
  nickName: profile.nickName,
  displayName: profile.displayName,
  preferredLanguage: profile.preferredLanguage,
  gender: profile.gender === undefined ? undefined : genderNames[profile.gender],
});

const currentPasswordOf = (verification: SetPasswordRequest["verification"]): string | null => {
  if (verification.case === "verificationCode") throw new Refusal("feature.unimplemented");
  return verification.case === "currentPassword" ? verification.value : null;
};

const missingPassword = () => new Refusal("request.invalid", { fields: [{ path: "password", problem: "is missing" }] });

const passwordOf = ({ passwordType, verification }: SetPassword): PasswordChange => {
  const currentPassword = currentPasswordOf(verification);
  if (passwordType.case === undefined) throw missingPassword();
  const { changeRequired } = passwordType.value;
  return passwordType.case === "password"
    ? { new: { is: "plain", password: passwordType.value.password }, currentPassword, changeRequired }
    : { new: { is: "hashed", hash: passwordType.value.hash }, currentPassword, changeRequired };
};

const humanOf = ({ profile, email, phone, password }: HumanMessage): HumanChange => ({
  ...(profile ? { profile: profileOf(profile) } : {}),
  ...(email ? { email: { email: email.email, verification: verificationOf(email.verification) } } : {}),
  ...(phone ? { phone: phoneOf(phone) } : {}),
  ...(password ? { password: passwordOf(password) } : {}),
});

/** Without a number and without a way to prove it, the phone is to go. */
const phoneOf = ({ phone, verification }: SetHumanPhone): HumanChange["phone"] =>
  phone === "" && verification.case === undefined ? null : { phone, verification: verificationOf(verification) };

// The wrong password has been counted by now.
const wrongPassword = (failedAttempts: number) => new Refusal("user.password_wrong", { failedAttempts });

/** Methods of zitadel.user.v2.UserService that change what a user is called, how it is reached and how it signs in. */
export const updateMethods = (run: Run<UpdateUserSources>) => {
  const update = async (input: z.input<(typeof updateUser)["input"]>, call: Call) => {
    const done = await run(updateUser, call.ctx, input);
    if (done.result.is === "wrong_password") throw wrongPassword(done.result.failedAttempts);
    return { done, codes: codesOf(done.result) };
  };
  return {
    updateUser: async (req, call) => {
      authorise(call.ctx, needsAuthenticated);
      const { userId, username: userName, userType } = req;
      const { done, codes } = await update(
        {
          userId,
          userName,
          ...(userType.case === "human" ? { human: humanOf(userType.value) } : {}),
          ...(userType.case === "machine"
            ? { machine: { name: userType.value.name, description: userType.value.description } }
            : {}),
        },
        call,
      );
      return { changeDate: toTimestamp(done.at), ...codes };
    },
    updateHumanUser: async (req, call) => {
      authorise(call.ctx, needsAuthenticated);
      const { userId, username: userName } = req;
      const { done, codes } = await update({ userId, userName, human: humanOf(req) }, call);
      return { details: detailsOf(done, call), ...codes };
    },
    setPassword: async ({ userId, newPassword, verification }, call) => {
      authorise(call.ctx, needsAuthenticated);
      if (newPassword === undefined) throw missingPassword();
      const { password, changeRequired } = newPassword;
      const currentPassword = currentPasswordOf(verification);
      const input = { userId, new: { is: "plain" as const, password }, currentPassword, changeRequired };
      const done = await run(setPassword, call.ctx, input);
      if (done.result.is === "wrong_password") throw wrongPassword(done.result.failedAttempts);
      return { details: detailsOf(done, call) };
    },
  } satisfies RpcMethods<typeof UserService>;
};
