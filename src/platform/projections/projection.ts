import type { Compilable, Kysely } from "kysely";
import type { AnyStreamType, EventsOf, Recorded } from "../../kernel/event.ts";
import type { InstanceId } from "../../kernel/ids.ts";
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

/**
 * For a projection that writes what a former release's did not, from events that both store. `level` is raised with each
 * such change (1, 2 …). Streams that an older program has written are projected anew before they are read
 * (docs/adr/0012-old-and-new-programs-side-by-side.md).
 */
export type Raised<DB> = {
  readonly level: number;
  /** removes all that the projection has written of one stream */
  readonly reset: (
    of: { readonly instanceId: InstanceId; readonly id: string },
    db: Kysely<DB>,
  ) => readonly Compilable[];
};

/** One stream type with what follows from its events. The composition root lists them all. */
export type Part<DB> = {
  readonly stream: AnyStreamType;
  readonly raised: Raised<DB> | null;
  readonly project: (event: Recorded, db: Kysely<DB>) => readonly Compilable[];
  readonly react: (event: Recorded) => readonly NewJob[];
};

/** How complete a part's read tables are: 0 until its projection was first raised. */
export const levelOf = <DB>(part: Pick<Part<DB>, "raised"> | undefined): number => part?.raised?.level ?? 0;

// An event is stored only with a payload that its stream's schema has parsed, under the type that selects the reducer.
type OfStream<S extends AnyStreamType> = Recorded<EventsOf<S>, keyof EventsOf<S> & string>;

/** Binds a stream type to its projection and its reactions; a type of event without a reducer does not compile. */
export const part = <DB, S extends AnyStreamType>(
  stream: S,
  projection: Projection<DB, S>,
  reactor: Reactor<S> = {},
  raised: Raised<DB> | null = null,
): Part<DB> => ({
  stream,
  raised,
  project: (event, db) => {
    const reduce = projection[event.type];
    if (reduce === undefined) throw new Error(`projection of ${stream.kind} has no event ${event.type}`);
    return reduce(event as OfStream<S>, db);
  },
  react: (event) => reactor[event.type]?.(event as OfStream<S>) ?? [],
});
