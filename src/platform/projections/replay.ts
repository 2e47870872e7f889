import type { Kysely } from "kysely";
import type { Recorded } from "../../kernel/event.ts";
import type { Statement } from "../db/database.ts";
import { projected } from "../eventstore/build-unit.ts";
import { UnknownEvent } from "../eventstore/event-row.ts";
import type { Part } from "./projection.ts";

/** The statements that events cause, for replays: an event without a projection stops them. */
export const replayer = <DB>(
  parts: readonly Part<DB>[],
  compiler: Kysely<DB>,
): ((events: readonly Recorded[]) => readonly Statement[]) => {
  const byKind = new Map(parts.map((part) => [part.stream.kind, part]));
  return (events) =>
    events.flatMap((event) => {
      const part = byKind.get(event.kind);
      if (part === undefined) throw new UnknownEvent(event.kind, event.type);
      return projected(part, event, compiler);
    });
};
