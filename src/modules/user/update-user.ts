import { z } from "zod";
import { type Decision, defineCommand } from "../../kernel/command.ts";
import { type Loaded, type NewEvent, streamRef } from "../../kernel/event.ts";
import { fold } from "../../kernel/fold.ts";
import { userId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { name, text } from "../../kernel/text.ts";
import {
  codeFor,
  emailChange,
  emailEvents,
  isUnproven,
  type MintCode,
  phoneChange,
  phoneEvents,
} from "./contact.events.ts";
import { languageTag } from "./human-user.events.ts";
import { assertLiving } from "./living-user.ts";
import { needsOwnOrUserWrite, needsUserWrite } from "./own-user.ts";
import {
  decidePasswordChange,
  isByOwner,
  type PasswordChangeSources,
  passwordChange,
  passwordChangeFacts,
} from "./password-change.events.ts";
import { genders, type UserState, user } from "./user.events.ts";

const profileChange = z
  .object({
    givenName: name(),
    familyName: name(),
    nickName: text(limits.nameChars),
    displayName: name(),
    preferredLanguage: languageTag,
    gender: z.enum(genders),
  })
  .partial();

const humanChange = z.object({
  profile: profileChange.optional(),
  email: emailChange.optional(),
  /** `null` removes it */
  phone: phoneChange.nullable().optional(),
  password: passwordChange.optional(),
});
const machineChange = z.object({ name: name(), description: text(limits.textChars) }).partial();

const userChange = z.object({
  userId,
  userName: name().optional(),
  human: humanChange.optional(),
  machine: machineChange.optional(),
});
type UserChange = z.output<typeof userChange>;

/** What users may change of themselves: names, and addresses and passwords as far as they prove them. */
const isOwnChange = ({ userName, human, machine }: UserChange, { state }: Loaded<typeof user>): boolean =>
  machine === undefined &&
  (userName === undefined || isOwnName(userName, state)) &&
  isUnproven(human?.email) &&
  isUnproven(human?.phone) &&
  (human?.password === undefined || isByOwner(human.password));

/** People sign in by address, too: nobody calls itself by one that it has not proved, or its holder could not any more. */
const isOwnName = (userName: string, { email, emailVerified }: UserState): boolean =>
  !fold(userName).includes("@") || (emailVerified && fold(userName) === fold(email));

export type UpdateUserSources = PasswordChangeSources & { readonly mintCode: MintCode };

/** Its codes, where they were asked for; with a wrong current password nothing else has changed. */
export type UpdateOutcome =
  | { readonly is: "changed"; readonly emailCode: string | null; readonly phoneCode: string | null }
  | { readonly is: "wrong_password"; readonly failedAttempts: number };

/** Changes what is said of a user, and leaves alone what is not: by the user itself within {@link isOwnChange}. */
export const updateUser = defineCommand({
  name: "user.update",
  input: userChange,
  streams: ({ input }) => ({ user: streamRef(user, input.userId) }),
  permit: ({ input, streams }) =>
    isOwnChange(input, streams.user) ? needsOwnOrUserWrite(streams.user, input.userId) : needsUserWrite(streams.user),
  facts: async (from: UpdateUserSources, { ctx, input: { human }, streams }) => ({
    emailCode: codeFor(from, human?.email),
    phoneCode: codeFor(from, human?.phone),
    password: human?.password ? await passwordChangeFacts(from, ctx, streams.user, human.password) : null,
  }),
  decide: ({ ctx, input, streams, facts }): Decision<UpdateOutcome> => {
    const { human, machine } = input;
    assertLiving(streams.user);
    const { type } = streams.user.state;
    if (human !== undefined && type !== "human") throw new Refusal("user.not_human");
    if (machine !== undefined && type !== "machine") throw new Refusal("user.not_machine");

    const events = [...nameEvents(streams.user, input)];
    if (human?.email) events.push(...emailEvents(streams.user, human.email, facts.emailCode, ctx.now));
    if (human?.phone) events.push(...phoneEvents(streams.user, human.phone, facts.phoneCode, ctx.now));
    if (human?.phone === null && streams.user.state.phone !== null) {
      events.push(streams.user.record("user.human.phone.removed", {}));
    }
    if (human?.password && facts.password) {
      const { events: added, ...outcome } = decidePasswordChange(streams.user, human.password, facts.password);
      if (outcome.is === "wrong_password") return { events: added, result: outcome };
      events.push(...added);
    }
    const { emailCode, phoneCode } = facts;
    return {
      events,
      result: { is: "changed", emailCode: emailCode?.text ?? null, phoneCode: phoneCode?.text ?? null },
    };
  },
});

const isEmpty = (change: object | undefined): boolean =>
  Object.values(change ?? {}).every((value) => value === undefined);

const nameEvents = (of: Loaded<typeof user>, { userName, human, machine }: UserChange): readonly NewEvent[] => [
  ...(userName === undefined ? [] : [of.record("user.username.changed", { userNameScope: "instance" }, { userName })]),
  ...(isEmpty(human?.profile) ? [] : [of.record("user.human.profile.changed", {}, human?.profile ?? {})]),
  ...(isEmpty(machine) ? [] : [of.record("user.machine.changed", {}, machine ?? {})]),
];
