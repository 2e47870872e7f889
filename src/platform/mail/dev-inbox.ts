import type { Instant } from "../../kernel/time.ts";

/** A message that a developer reads instead of its receiver. */
export type InboxMessage = {
  readonly id: string;
  readonly channel: "email" | "sms";
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly at: Instant;
};

const kept = 100;

/** Messages of this process, newest first, for `MUNOT_DEV=1`: gone when it ends. */
export const createDevInbox = () => {
  let messages: readonly InboxMessage[] = [];
  return {
    put: (message: InboxMessage): void => {
      messages = [message, ...messages.filter(({ id }) => id !== message.id)].slice(0, kept);
    },
    list: (): readonly InboxMessage[] => messages,
  };
};

export type DevInbox = ReturnType<typeof createDevInbox>;
