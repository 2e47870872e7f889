import type { z } from "zod";
import type { Actor } from "./actor.ts";
import type { InstanceId, OrgId } from "./ids.ts";
import type { RefusalCode } from "./refusal.ts";
import type { Instant } from "./time.ts";

/** The shape of one event type. `personal` is sealed in the log with the key of the stream's subject. */
export type EventShape = { readonly payload: z.ZodObject; readonly personal?: z.ZodObject };
/** All events of a stream, by type. */
export type EventShapes = { readonly [type: string]: EventShape };

export type PayloadOf<Shape extends EventShape> = z.output<Shape["payload"]>;
export type PersonalOf<Shape extends EventShape> = Shape["personal"] extends z.ZodObject
  ? z.output<Shape["personal"]>
  : Record<never, never>;

/**
 * One event as the log holds it. `personal` is `null` once the person has been erased: whoever reads an event must say
 * what it then does.
 */
export type Recorded<
  Shapes extends EventShapes = EventShapes,
  Type extends keyof Shapes & string = keyof Shapes & string,
> = {
  readonly instanceId: InstanceId;
  /** the stream's kind and id */
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly type: Type;
  readonly payload: PayloadOf<Shapes[Type]>;
  readonly personal: PersonalOf<Shapes[Type]> | null;
  readonly actor: RecordedActor;
  readonly ownerOrg: OrgId | null;
  readonly at: Instant;
};

/** Who acted, as the log names it: never a name or an address. */
export type RecordedActor = { readonly kind: "anonymous" | "user" | "system"; readonly id: string };

/** The actor's trace in the log. */
export const recordedActor = (actor: Actor): RecordedActor => {
  if (actor.kind === "user") return { kind: "user", id: actor.userId };
  return { kind: actor.kind, id: actor.kind === "system" ? actor.name : "" };
};

/** A value that at most one living object of the instance may hold. Compared as given: fold it first. */
export type Claim = { readonly kind: ClaimKind; readonly value: string };

/** All kinds of unique values, and how a second taker is refused. */
export const claimKinds = {
  user_name: "user.user_name_taken",
  org_name: "org.name_taken",
  org_domain: "org.domain_taken",
  project_name: "project.name_taken",
  application_name: "application.name_taken",
  administrator: "administrator.exists",
  authorization: "authorization.exists",
  client_id: "request.id_taken",
  resource: "application.resource_taken",
  pushed_request: "auth_request.done",
} as const satisfies Record<string, RefusalCode>;

export type ClaimKind = keyof typeof claimKinds;

/** Values that an event takes for its stream, and values that it gives back. */
export type ClaimChange = { readonly take?: readonly Claim[]; readonly release?: readonly Claim[] };

/**
 * A kind of stream: its events, the state that decisions need, and how events change it. Pure.
 *
 * `revision` is raised when `State` or `evolve` change: stored states of another revision are folded from events anew.
 * `claims` says which unique values an event takes or releases; released values come from the state *before* the event,
 * so that what was stored is released, not what today's code would compute.
 * `erases` names the events with which the key of the stream's subject is destroyed: what it sealed can never be read again,
 * so the state after them must hold no personal value.
 */
export type StreamType<Kind extends string, Shapes extends EventShapes, State> = {
  readonly kind: Kind;
  readonly revision: number;
  readonly events: Shapes;
  readonly initial: State;
  readonly evolve: { readonly [T in keyof Shapes & string]: (state: State, event: Recorded<Shapes, T>) => State };
  readonly claims?: {
    readonly [T in keyof Shapes & string]?: (event: Recorded<Shapes, T>, before: State) => ClaimChange;
  };
  readonly erases?: readonly (keyof Shapes & string)[];
};

/** Any stream type, for code that treats all alike. */
export type AnyStreamType = {
  readonly kind: string;
  readonly revision: number;
  readonly events: EventShapes;
  // The steps of different streams take different states and events: only `any` is a supertype of them all.
  // biome-ignore-start lint/suspicious/noExplicitAny: see above
  readonly initial: any;
  readonly evolve: { readonly [type: string]: (state: any, event: any) => any };
  readonly claims?: { readonly [type: string]: ((event: any, before: any) => ClaimChange) | undefined } | undefined;
  // biome-ignore-end lint/suspicious/noExplicitAny: see above
  readonly erases?: readonly string[] | undefined;
};

export type StateOf<S extends AnyStreamType> = S["initial"];
export type EventsOf<S extends AnyStreamType> = S["events"];

/** Declares a stream type: the state is named, kind and events are inferred. */
export const defineStream =
  <State>() =>
  <const Kind extends string, Shapes extends EventShapes>(stream: StreamType<Kind, Shapes, State>) =>
    stream;

/** Folds one event into a state. The event's type is known to the stream (the store checks it on reading). */
export const evolve = <S extends AnyStreamType>(stream: S, state: StateOf<S>, event: Recorded): StateOf<S> => {
  const step = stream.evolve[event.type];
  if (step === undefined) throw new Error(`stream ${stream.kind} has no event ${event.type}`);
  return step(state, event);
};

/** An event that a decision wants recorded. */
export type NewEvent = {
  readonly stream: AnyStreamType;
  readonly id: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly personal: Readonly<Record<string, unknown>> | null;
};

/** Names a stream that a command works on. `ownerOrg` is the org that will own it if it does not exist yet. */
export type StreamRef<S extends AnyStreamType = AnyStreamType> = {
  readonly stream: S;
  readonly id: string;
  readonly ownerOrg: OrgId | null;
  /** the decision only looks at it: its writers do not wait for this command, nor this command for them */
  readonly readOnly?: true;
  /** a new stream belongs to the org that owns this one, which is loaded with it */
  readonly ownedWith?: StreamRef;
};

/** Names a stream that a command changes. */
export const streamRef = <S extends AnyStreamType>(
  stream: S,
  id: string,
  ownerOrg: OrgId | null = null,
): StreamRef<S> => ({
  stream,
  id,
  ownerOrg,
});

/** Names a stream that, if it is new, will belong to the owner of another one of the command's. */
export const ownedWith = <S extends AnyStreamType>(stream: S, id: string, owner: StreamRef): StreamRef<S> => ({
  ...streamRef(stream, id),
  ownedWith: owner,
});

/** Names a stream that a command looks at but never changes. */
export const readOnlyRef = <S extends AnyStreamType>(stream: S, id: string): StreamRef<S> => ({
  ...streamRef(stream, id),
  readOnly: true,
});

/** A stream as a command sees it: its state before the decision, and the only way to record events on it. */
export type Loaded<S extends AnyStreamType = AnyStreamType> = {
  readonly stream: S;
  readonly id: string;
  /** 0: the stream does not exist yet */
  readonly version: number;
  readonly exists: boolean;
  readonly ownerOrg: OrgId | null;
  readonly state: StateOf<S>;
  readonly record: <T extends keyof EventsOf<S> & string>(
    type: T,
    payload: z.input<EventsOf<S>[T]["payload"]>,
    ...personal: EventsOf<S>[T]["personal"] extends z.ZodObject ? [personal: z.input<EventsOf<S>[T]["personal"]>] : []
  ) => NewEvent;
};
