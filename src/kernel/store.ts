import type { Actor, ClientInfo } from "./actor.ts";
import type { AnyStreamType, Claim, ClaimKind, Recorded, StreamRef } from "./event.ts";
import type { InstanceId, OrgId } from "./ids.ts";
import type { NewJob } from "./job.ts";
import type { TokenWrite } from "./token.ts";

/** A stream as stored. `state` is at `version`; `undefined` state means the stream does not exist. */
export type StoredStream = {
  readonly ref: StreamRef;
  /** 0: does not exist */
  readonly version: number;
  readonly ownerOrg: OrgId | null;
  readonly state: unknown;
  /** time of the newest event, 0 without one: the next event is later */
  readonly at: number;
  /** hash of the newest event, the next one is chained to it */
  readonly head: Uint8Array;
};

/** The change of one stream: its new events in order, and the state after them. */
export type StreamChange = {
  readonly before: StoredStream;
  readonly stream: AnyStreamType;
  readonly id: string;
  readonly ownerOrg: OrgId | null;
  readonly events: readonly Recorded[];
  readonly state: unknown;
};

/** A claim with the stream that takes or releases it: nobody else may release it, and it dies with an erased holder. */
export type HeldClaim = Claim & { readonly holder: { readonly kind: string; readonly id: string } };

/** All that one command changes. It is stored whole or not at all. */
export type AppendUnit = {
  readonly instanceId: InstanceId;
  readonly actor: Actor;
  readonly client: ClientInfo | null;
  /** sorted by kind and id, so that two units never lock in opposite order */
  readonly changes: readonly StreamChange[];
  readonly take: readonly HeldClaim[];
  readonly release: readonly HeldClaim[];
  readonly tokens: readonly TokenWrite[];
  /** what only the decision could say: work that holds a code, which no event may */
  readonly jobs: readonly NewJob[];
};

/** Somebody else changed one of the streams since it was loaded: load again and decide again. */
export class VersionConflict extends Error {
  override readonly name = "VersionConflict";
}

/** A claimed value belongs to somebody else. */
export class ClaimTaken extends Error {
  override readonly name = "ClaimTaken";
  readonly kind: ClaimKind;
  constructor(kind: ClaimKind) {
    super(kind);
    this.kind = kind;
  }
}

/** The event log as commands need it. Implemented in platform/eventstore for both databases. */
export type EventStore = {
  /** The streams in the order asked for, by one statement, whatever the length of their history. */
  readonly load: (instanceId: InstanceId, refs: readonly StreamRef[]) => Promise<readonly StoredStream[]>;
  /**
   * Stores events, stream states, read tables, claims, tokens and outbox jobs in one transaction. When it resolves, all
   * of it is durable. Rejects with {@link VersionConflict} or {@link ClaimTaken}, or with the database's own error.
   */
  readonly append: (unit: AppendUnit) => Promise<void>;
};
