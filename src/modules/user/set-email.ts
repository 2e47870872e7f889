import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { codeFor, emailChange, emailEvents, isUnproven, type MintCode } from "./contact.events.ts";
import { assertLivingHuman } from "./living-user.ts";
import { needsOwnOrUserWrite, needsUserWrite } from "./own-user.ts";
import { user } from "./user.events.ts";

/** Changes a human user's e-mail address; its owner may, but must then prove it. */
export const setEmail = defineCommand({
  name: "user.set-email",
  input: emailChange.extend({ userId }),
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ input, streams }) =>
    isUnproven(input) ? needsOwnOrUserWrite(streams.user, input.userId) : needsUserWrite(streams.user),
  facts: (from: { readonly mintCode: MintCode }, { input }) => codeFor(from, input),
  decide: ({ ctx, input, streams, facts }) => {
    assertLivingHuman(streams.user);
    return { events: emailEvents(streams.user, input, facts, ctx.now), result: { code: facts?.text ?? null } };
  },
});
