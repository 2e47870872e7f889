import { z } from "zod";
import { needsAuthenticated } from "../../kernel/actor.ts";
import { type Decision, defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { userId } from "../../kernel/ids.ts";
import { text } from "../../kernel/text.ts";
import { judgeCode } from "./contact.events.ts";
import { user } from "./user.events.ts";

/** What is kept of a code that somebody presents. */
export type HashCode = (code: string) => string;

const verifyContact = (contact: "email" | "phone") =>
  defineCommand({
    name: `user.verify-${contact}`,
    input: z.object({ userId, code: text(100) }),
    streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
    permit: () => needsAuthenticated,
    facts: (from: { readonly hashCode: HashCode }, { input }) => from.hashCode(input.code),
    decide: ({ ctx, streams, facts }): Decision<{ readonly isRight: boolean }> => {
      const { state } = streams.user;
      const pending = contact === "email" ? state.emailCode : state.phoneCode;
      switch (judgeCode(pending, facts, ctx.now)) {
        case "right":
          return { events: [streams.user.record(`user.human.${contact}.verified`, {})], result: { isRight: true } };
        case "wrong":
          return {
            events: [streams.user.record(`user.human.${contact}.verification.failed`, {})],
            result: { isRight: false },
          };
        case "dead":
          return { events: [], result: { isRight: false } };
      }
    },
  });

/**
 * Proves a user's e-mail address by the code that was issued for it: the code is the proof, whoever presents it. A wrong
 * one counts, so it is an outcome, not a refusal; users that do not exist, or await no code, give the same outcome.
 */
export const verifyEmail = verifyContact("email");
/** Proves a user's phone number as {@link verifyEmail} does an address. */
export const verifyPhone = verifyContact("phone");
