import { z } from "zod";
import type { Loaded, NewEvent } from "../../kernel/event.ts";
import { type OrgId, userId } from "../../kernel/ids.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { name, text } from "../../kernel/text.ts";
import { accessTokenTypes, type user } from "./user.events.ts";

/** All that is known of a service account on the day it is created. */
export const machineUser = z.object({
  userId: userId.optional(),
  /** defaults to the user's id */
  userName: name().optional(),
  name: name(),
  description: text(limits.textChars).default(""),
  accessTokenType: z.enum(accessTokenTypes).default("bearer"),
});

/** The events that make a service account; refuses an id that was used before. */
export const machineUserEvents = (
  added: Loaded<typeof user>,
  input: z.output<typeof machineUser>,
  orgId: OrgId,
): readonly NewEvent[] => {
  if (added.exists) throw new Refusal("request.id_taken");
  return [
    added.record(
      "user.machine.added",
      { orgId, userNameScope: "instance", accessTokenType: input.accessTokenType },
      { userName: input.userName ?? added.id, name: input.name, description: input.description },
    ),
  ];
};
