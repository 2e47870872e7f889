import { type Decision, defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { assertLivingHuman } from "./living-user.ts";
import { needsOwnOrUserWrite, needsUserWrite } from "./own-user.ts";
import {
  decidePasswordChange,
  isByOwner,
  type PasswordChangeSources,
  passwordChange,
  passwordChangeFacts,
} from "./password-change.events.ts";
import { user } from "./user.events.ts";

/** How a change of a password ended, where a wrong current one is no refusal: refusing would record nothing. */
export type PasswordOutcome =
  | { readonly is: "changed" }
  | { readonly is: "wrong_password"; readonly failedAttempts: number };

/** Sets a human user's password: by its owner, who proves the current one, or by whoever may write users. */
export const setPassword = defineCommand({
  name: "user.set-password",
  input: passwordChange.extend({ userId }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ input, streams }) =>
    isByOwner(input) ? needsOwnOrUserWrite(streams.user, input.userId) : needsUserWrite(streams.user),
  facts: (from: PasswordChangeSources, { ctx, input, streams }) => passwordChangeFacts(from, ctx, streams.user, input),
  decide: ({ input, streams, facts }): Decision<PasswordOutcome> => {
    assertLivingHuman(streams.user);
    const { events, ...result } = decidePasswordChange(streams.user, input, facts);
    return { events, result };
  },
});
