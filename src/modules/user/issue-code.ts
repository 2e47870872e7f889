import { z } from "zod";
import { defineCommand } from "../../kernel/command.ts";
import { type Loaded, type NewEvent, streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import type { Instant } from "../../kernel/time.ts";
import { emailCodeEvent, type MintCode, type MintedCode, phoneCodeEvent } from "./contact.events.ts";
import { assertLivingHuman } from "./living-user.ts";
import { needsOwnOrUserWrite, needsUserWrite } from "./own-user.ts";
import { user } from "./user.events.ts";

const issueCode = (name: string, codeEvent: (of: Loaded<typeof user>, code: MintedCode, now: Instant) => NewEvent) =>
  defineCommand({
    name,
    input: z.object({ userId, delivery: z.enum(["return", "send"]) }),
    streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
    // Whoever is told the code can prove an address that is not theirs: users never, for themselves.
    permit: ({ input, streams }) =>
      input.delivery === "send" ? needsOwnOrUserWrite(streams.user, input.userId) : needsUserWrite(streams.user),
    facts: (from: { readonly mintCode: MintCode }) => from.mintCode(),
    decide: ({ ctx, input, streams, facts }) => {
      assertLivingHuman(streams.user);
      const event = codeEvent(streams.user, facts, ctx.now);
      // A code that nobody is told proves nothing.
      if (input.delivery === "send") throw new Refusal("feature.unimplemented");
      return { events: [event], result: { code: facts.text } };
    },
  });

/** Makes a new code for a user's e-mail address; earlier ones stop working. */
export const issueEmailCode = issueCode("user.issue-email-code", emailCodeEvent);
/** Makes a new code for a user's phone number; earlier ones stop working. */
export const issuePhoneCode = issueCode("user.issue-phone-code", phoneCodeEvent);
