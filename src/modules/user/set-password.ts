import { z } from "zod";
import { needs, needsAny, needsSelf } from "../../kernel/actor.ts";
import { type Decision, defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { text } from "../../kernel/text.ts";
import type { PoliciesOf } from "../settings/policies.events.ts";
import { assertLiving } from "./living-user.ts";
import { decidePasswordCheck, type PasswordCheck } from "./password-check.events.ts";
import { checkPasswordComplexity } from "./password-complexity.events.ts";
import { user } from "./user.events.ts";

export type SetPasswordSources = {
  readonly hashNewPassword: (password: string) => Promise<string>;
  readonly verifyPassword: (hash: string | null, password: string) => Promise<PasswordCheck>;
  readonly policiesOf: PoliciesOf;
};

type Outcome = { readonly is: "changed" } | { readonly is: "wrong_password"; readonly failedAttempts: number };

/**
 * Sets a human user's password: by its owner, who proves the current one, or by whoever may write credentials. A wrong
 * current password counts like one at sign-in, so it is an outcome, not a refusal: refusing would record nothing.
 */
export const setPassword = defineCommand({
  name: "user.set-password",
  input: z.object({
    userId,
    password: text(limits.passwordChars),
    currentPassword: text(limits.passwordChars).nullable().default(null),
    changeRequired: z.boolean().default(false),
  }),
  streams: ({ input }) => ({
    user: streamRef(user, input.userId),
  }),
  permit: ({ input, streams }) => {
    const byPermission = needs("user.credential.write", { orgId: streams.user.ownerOrg });
    return input.currentPassword === null ? byPermission : needsAny(needsSelf(input.userId), byPermission);
  },
  facts: async (from: SetPasswordSources, { ctx, input, streams }) => {
    const policies = await from.policiesOf(ctx, streams.user.ownerOrg);
    const against = streams.user.state.passwordHash;
    const check = input.currentPassword === null ? null : await from.verifyPassword(against, input.currentPassword);
    return { policies, against, check, hash: check?.ok === false ? null : await from.hashNewPassword(input.password) };
  },
  decide: ({ input, streams, facts }): Decision<Outcome> => {
    const { state } = streams.user;
    assertLiving(streams.user);
    if (state.type !== "human") throw new Refusal("user.not_human");
    if (facts.check !== null) {
      if (state.status === "locked") throw new Refusal("user.locked");
      if (state.status !== "active") throw new Refusal("user.not_active");
      if (state.passwordHash === null) throw new Refusal("user.password_not_set");
      // The proof was for a password that has been replaced meanwhile.
      if (state.passwordHash !== facts.against) throw new Refusal("request.contended");
    }
    if (facts.check?.ok === false || facts.hash === null) {
      return {
        events: decidePasswordCheck(streams.user, { ok: false, rehash: null }, facts.policies.lockout),
        result: { is: "wrong_password", failedAttempts: state.passwordFailures + 1 },
      };
    }
    checkPasswordComplexity(facts.policies["password.complexity"], input.password);
    return {
      events: [
        streams.user.record(
          "user.human.password.changed",
          { changeRequired: input.changeRequired },
          { passwordHash: facts.hash },
        ),
      ],
      result: { is: "changed" },
    };
  },
});
