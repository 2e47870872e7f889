import { z } from "zod";
import { orgId, userId } from "../../kernel/ids.ts";
import { messageTypes } from "./message.events.ts";

/** What the outbox keeps of a message until it is sent: never in the log, sealed, gone when it expires. */
export const messageJob = z.object({
  type: z.enum(messageTypes),
  userId,
  orgId,
  /** the address or number as it was when the message was asked for */
  to: z.string(),
  /** the code, in clear: this is where it leaves the house */
  code: z.string().optional(),
  /** a link of the caller's own; without it ours */
  urlTemplate: z.string().optional(),
  /** what a link names beside user, org and code */
  linkValues: z.record(z.string(), z.string()).optional(),
  /** values of the text that the user's row does not have */
  values: z.record(z.string(), z.string()).optional(),
  /** event that caused it, as webhooks are told */
  eventType: z.string(),
});
export type MessageJob = z.input<typeof messageJob>;

export const messageJobKind = "notification.send";
