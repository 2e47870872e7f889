import type { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import type { Done, Run } from "../../kernel/command.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { detailsOf } from "../../platform/http/details.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import type { MintCode } from "./contact.events.ts";
import { verificationOf } from "./human-user.rpc.ts";
import { issueEmailCode, issuePhoneCode } from "./issue-code.ts";
import { removePhone } from "./remove-phone.ts";
import { setEmail } from "./set-email.ts";
import { setPhone } from "./set-phone.ts";
import { type HashCode, verifyEmail, verifyPhone } from "./verify-contact.ts";

/** What the commands on addresses need from outside. */
export type ContactSources = { readonly mintCode: MintCode; readonly hashCode: HashCode };

const answerOf = (done: Done<{ readonly code: string | null }>, call: Call) => ({
  details: detailsOf(done, call),
  ...(done.result.code === null ? {} : { verificationCode: done.result.code }),
});

// The wrong code has been counted by now.
const verifiedOf = (done: Done<{ readonly isRight: boolean }>, call: Call) => {
  if (!done.result.isRight) throw new Refusal("user.code_invalid");
  return { details: detailsOf(done, call) };
};

const deliveryOf = (verification: { readonly case: string | undefined }) =>
  verification.case === "returnCode" ? "return" : "send";

/** Methods of zitadel.user.v2.UserService on e-mail addresses and phone numbers. */
export const contactMethods = (run: Run<ContactSources>) =>
  ({
    setEmail: async ({ userId, email, verification }, call) =>
      answerOf(await run(setEmail, call.ctx, { userId, email, verification: verificationOf(verification) }), call),
    resendEmailCode: async ({ userId, verification }, call) =>
      answerOf(await run(issueEmailCode, call.ctx, { userId, delivery: deliveryOf(verification) }), call),
    sendEmailCode: async ({ userId, verification }, call) =>
      answerOf(await run(issueEmailCode, call.ctx, { userId, delivery: deliveryOf(verification) }), call),
    verifyEmail: async ({ userId, verificationCode: code }, call) =>
      verifiedOf(await run(verifyEmail, call.ctx, { userId, code }), call),
    setPhone: async ({ userId, phone, verification }, call) =>
      answerOf(await run(setPhone, call.ctx, { userId, phone, verification: verificationOf(verification) }), call),
    removePhone: async ({ userId }, call) => ({
      details: detailsOf(await run(removePhone, call.ctx, { userId }), call),
    }),
    resendPhoneCode: async ({ userId, verification }, call) =>
      answerOf(await run(issuePhoneCode, call.ctx, { userId, delivery: deliveryOf(verification) }), call),
    verifyPhone: async ({ userId, verificationCode: code }, call) =>
      verifiedOf(await run(verifyPhone, call.ctx, { userId, code }), call),
  }) satisfies RpcMethods<typeof UserService>;
