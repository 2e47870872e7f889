import type { Compilable, Kysely } from "kysely";
import type { AnyStreamType, EventsOf, Recorded } from "../../kernel/event.ts";
import type { NewJob } from "../../kernel/job.ts";

/**
 * How the events of one stream type change the read tables: pure, a bounded number of rows, no read before a write. A
 * missing event type does not compile. `db` only compiles statements; the store runs them in the append transaction.
 */
export type Projection<DB, S extends AnyStreamType> = {
  readonly [T in keyof EventsOf<S> & string]: (
    event: Recorded<EventsOf<S>, T>,
    db: Kysely<DB>,
  ) => readonly Compilable[];
};

/** What is to be done after an event, by its type: jobs for the outbox, stored with it. */
export type Reactor<S extends AnyStreamType> = {
  readonly [T in keyof EventsOf<S> & string]?: (event: Recorded<EventsOf<S>, T>) => readonly NewJob[];
};

/** One stream type with what follows from its events. The composition root lists them all. */
export type Part<DB> = {
  readonly stream: AnyStreamType;
  readonly project: (event: Recorded, db: Kysely<DB>) => readonly Compilable[];
  readonly react: (event: Recorded) => readonly NewJob[];
};

// An event is stored only with a payload that its stream's schema has parsed, under the type that selects the reducer.
type OfStream<S extends AnyStreamType> = Recorded<EventsOf<S>, keyof EventsOf<S> & string>;

/** Binds a stream type to its projection and its reactions; a type of event without a reducer does not compile. */
export const part = <DB, S extends AnyStreamType>(
  stream: S,
  projection: Projection<DB, S>,
  reactor: Reactor<S> = {},
): Part<DB> => ({
  stream,
  project: (event, db) => {
    const reduce = projection[event.type];
    if (reduce === undefined) throw new Error(`projection of ${stream.kind} has no event ${event.type}`);
    return reduce(event as OfStream<S>, db);
  },
  react: (event) => reactor[event.type]?.(event as OfStream<S>) ?? [],
});
