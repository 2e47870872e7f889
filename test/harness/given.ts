import { expect } from "vitest";
import type { z } from "zod";
import type { Actor, Ctx } from "../../src/kernel/actor.ts";
import type { Command, Decision, LoadedStreams, StreamRefs } from "../../src/kernel/command.ts";
import {
  type AnyStreamType,
  type EventsOf,
  evolve,
  type Loaded,
  type NewEvent,
  type Recorded,
  recordedActor,
  type StateOf,
} from "../../src/kernel/event.ts";
import { instanceId, type OrgId, orgId, userId } from "../../src/kernel/ids.ts";
import type { Role } from "../../src/kernel/permissions.ts";
import { Refusal, type RefusalCode } from "../../src/kernel/refusal.ts";
import { authorise, open, parse } from "../../src/kernel/runner.ts";
import type { StoredStream } from "../../src/kernel/store.ts";
import { type Instant, instant } from "../../src/kernel/time.ts";

export const testInstanceId = instanceId.parse("111111111111111111");
export const testNow: Instant = instant(1_800_000_000_000_000);

export const orgOwner = (org: string, id = "boss"): Actor => actor(id, org, { level: "org", role: "ORG_OWNER" });
export const instanceOwner = (id = "root"): Actor => actor(id, "main", { level: "instance", role: "IAM_OWNER" });
/** somebody who is signed in and holds no role */
export const plainUser = (id: string, org = "acme"): Actor => actor(id, org, null);
export const anonymous: Actor = { kind: "anonymous" };
export const setupActor: Actor = {
  kind: "system",
  name: "setup",
  memberships: [{ level: "instance", roles: ["SYSTEM_OWNER"] }],
};

const actor = (id: string, org: string, held: { level: "instance" | "org"; role: Role } | null): Actor => ({
  kind: "user",
  userId: userId.parse(id),
  orgId: orgId.parse(org),
  via: "access_token",
  memberships:
    held === null
      ? []
      : held.level === "instance"
        ? [{ level: "instance", roles: [held.role] }]
        : [{ level: "org", orgId: orgId.parse(org), roles: [held.role] }],
});

export const ctxOf = (by: Actor): Ctx => ({ instanceId: testInstanceId, actor: by, now: testNow, client: null });

/** A stream and the events it has had: [type, payload, personal?]. */
type Past = {
  readonly stream: AnyStreamType;
  readonly id: string;
  readonly ownerOrg: OrgId | null;
  readonly events: readonly PastEvent[];
};
type PastEvent = readonly [type: string, payload: unknown, personal?: unknown];
type Happened<S extends AnyStreamType> = {
  [T in keyof EventsOf<S> & string]: EventsOf<S>[T]["personal"] extends z.ZodObject
    ? readonly [type: T, payload: z.input<EventsOf<S>[T]["payload"]>, personal: z.input<EventsOf<S>[T]["personal"]>]
    : readonly [type: T, payload: z.input<EventsOf<S>[T]["payload"]>];
}[keyof EventsOf<S> & string];

/** One stream's past, owned by an org. */
export const past = <S extends AnyStreamType>(
  stream: S,
  id: string,
  org: string | null,
  ...events: Happened<S>[]
): Past => ({
  stream,
  id,
  ownerOrg: org === null ? null : orgId.parse(org),
  // A tuple of known events is a tuple of unknown ones; the union is too deep for TypeScript to see it.
  events: events as unknown as readonly PastEvent[],
});

/** An event as the log would give it back. */
export const recorded = (
  from: Omit<Past, "events">,
  version: number,
  [type, payload, personal]: PastEvent,
): Recorded => {
  const shape = from.stream.events[type];
  if (!shape) throw new Error(`no event ${type}`);
  return {
    instanceId: testInstanceId,
    kind: from.stream.kind,
    id: from.id,
    version,
    type,
    payload: shape.payload.parse(payload),
    personal: shape.personal ? (shape.personal.parse(personal) as Recorded["personal"]) : {},
    actor: recordedActor(setupActor),
    ownerOrg: from.ownerOrg,
    at: instant(testNow - 1_000_000 + version),
  };
};

/** The state after a past. */
export const stateAfter = <S extends AnyStreamType>(stream: S, of: Past): StateOf<S> =>
  of.events.reduce<StateOf<S>>(
    (state, event, index) => evolve(stream, state, recorded(of, index + 1, event)),
    stream.initial,
  );

const store = (pasts: readonly Past[], ref: StoredStream["ref"]): StoredStream => {
  const found = pasts.find((one) => one.stream.kind === ref.stream.kind && one.id === ref.id);
  return {
    ref,
    version: found?.events.length ?? 0,
    ownerOrg: found?.ownerOrg ?? null,
    state: found ? stateAfter(found.stream, found) : undefined,
    at: 0,
    head: new Uint8Array(),
  };
};

/** A stream loaded with its past, for pure helpers that take one. */
export const loadedFrom = <S extends AnyStreamType>(stream: S, of: Past): Loaded<S> =>
  // The loaded stream has exactly the type of the ref it was opened from.
  open(store([of], { stream, id: of.id, ownerOrg: of.ownerOrg })) as Loaded<S>;

type Outcome<Result> = {
  /** the decision's events as [type, payload, personal] in order */
  readonly thenEvents: (
    ...expected: readonly (readonly [type: string, payload?: object, personal?: object])[]
  ) => Promise<Outcome<Result>>;
  readonly thenResult: (expected: Result) => Promise<Outcome<Result>>;
  readonly decided: () => Promise<Decision<Result>>;
  readonly refused: (code: RefusalCode) => Promise<void>;
};

/** Tests a command without a database: given pasts, when somebody runs it with these facts, then this comes of it. */
export const given = (...pasts: readonly Past[]) => ({
  when: <Schema extends z.ZodType, Refs extends StreamRefs, Facts, Sources, Result>(
    command: Command<Schema, Refs, Facts, Sources, Result>,
    by: Actor,
    rawInput: z.input<Schema>,
    sources: Sources,
  ): Outcome<Result> => {
    const decide = async (): Promise<Decision<Result>> => {
      const ctx = ctxOf(by);
      const input = parse(command.input, rawInput);
      let next = 900;
      const refs = command.streams({ ctx, input, newId: () => String(next++) });
      const stored = Object.values(refs).map((ref) => store(pasts, ref));
      const opened = Object.keys(refs).map((name, index) => {
        const one = stored[index];
        if (!one) throw new Error(`no stream ${name}`);
        const owner = stored.find((other) => other.ref === one.ref.ownedWith);
        return [name, open(owner ? { ...one, ref: { ...one.ref, ownerOrg: owner.ownerOrg } } : one)];
      });
      const at = { ctx, input, streams: Object.fromEntries(opened) as LoadedStreams<Refs> };
      authorise(ctx, command.permit(at));
      return command.decide({ ...at, facts: await command.facts(sources, at) });
    };
    const outcome: Outcome<Result> = {
      decided: decide,
      thenEvents: async (...expected) => {
        const { events } = await decide();
        expect(events.map(shown)).toEqual(
          expected.map(([type, payload = {}, personal]) => [type, payload, ...(personal ? [personal] : [])]),
        );
        return outcome;
      },
      thenResult: async (expected) => {
        expect((await decide()).result).toEqual(expected);
        return outcome;
      },
      refused: async (code) => {
        const error = await decide().then(
          (decision) => `decided ${decision.events.map((event) => event.type).join(", ")}`,
          (reason: unknown) => (reason instanceof Refusal ? reason.code : reason),
        );
        expect(error).toBe(code);
      },
    };
    return outcome;
  },
});

const shown = ({ type, payload, personal }: NewEvent) => [type, payload, ...(personal ? [personal] : [])];
