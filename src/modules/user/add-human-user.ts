import { z } from "zod";
import { needs } from "../../kernel/actor.ts";
import { defineCommand } from "../../kernel/command.ts";
import { streamRef } from "../../kernel/event.ts";
import { orgId, userId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { email, name, text } from "../../kernel/text.ts";
import { org } from "../org/org.events.ts";
import { genders, user } from "./user.events.ts";

const input = z.object({
  orgId,
  /** the caller's own id for the user; one is made when it is missing */
  userId: userId.optional(),
  /** defaults to the e-mail address */
  userName: name().optional(),
  givenName: name(),
  familyName: name(),
  nickName: text(limits.nameChars).default(""),
  displayName: text(limits.nameChars).optional(),
  preferredLanguage: text(10).default(""),
  gender: z.enum(genders).default("unspecified"),
  email,
  emailVerified: z.boolean().default(false),
  phone: text(20).nullable().default(null),
  phoneVerified: z.boolean().default(false),
  password: text(limits.passwordChars).nullable().default(null),
  passwordChangeRequired: z.boolean().default(false),
});

type HashNewPassword = (password: string) => Promise<string>;

/**
 * Adds a human user to an organization. THE example of a command: read it with its test, the runner in
 * `kernel/runner.ts`, `user.projection.ts` and `user.rpc.ts`, and you know how every other slice looks.
 */
export const addHumanUser = defineCommand({
  name: "user.add-human",
  input,
  streams: ({ input, newId }) => ({
    user: streamRef(user, input.userId ?? newId(), input.orgId),
    org: streamRef(org, input.orgId),
  }),
  permit: ({ input }) => needs("user.write", { orgId: input.orgId }),
  facts: async (from: { hashNewPassword: HashNewPassword }, { input }) => ({
    passwordHash: input.password === null ? null : await from.hashNewPassword(input.password),
  }),
  decide: ({ input, streams, facts }) => {
    if (streams.org.state.status !== "active") throw new Refusal("org.not_found");
    if (streams.user.exists) throw new Refusal("request.id_taken");
    const events = [
      streams.user.record(
        "user.human.added",
        { orgId: input.orgId, userNameScope: "instance", passwordChangeRequired: input.passwordChangeRequired },
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
    if (input.emailVerified) events.push(streams.user.record("user.human.email.verified", {}));
    if (input.phone && input.phoneVerified) events.push(streams.user.record("user.human.phone.verified", {}));
    return { events, result: { userId: streams.user.id } };
  },
});
