import type { z } from "zod";
import { type Ctx, satisfies } from "./actor.ts";
import type { Decision, Done, LoadedStreams, Run } from "./command.ts";
import {
  type Claim,
  claimKinds,
  evolve,
  type Loaded,
  type NewEvent,
  type Recorded,
  recordedActor,
  type StreamRef,
} from "./event.ts";
import type { NewId } from "./ids.ts";
import { limits } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import {
  ClaimTaken,
  type EventStore,
  type HeldClaim,
  type StoredStream,
  type StreamChange,
  VersionConflict,
} from "./store.ts";
import { compareText } from "./text.ts";
import { instant } from "./time.ts";

/** Lets one writer at a time through per stream of this process; `contended` tells whether one had to wait. */
export type StreamLocks = {
  readonly hold: (keys: readonly string[]) => Promise<{ readonly contended: boolean; readonly release: () => void }>;
};

export type RunnerDeps<Sources> = {
  readonly store: EventStore;
  readonly sources: Sources;
  readonly locks: StreamLocks;
  readonly newId: NewId;
  /** milliseconds of a clock that never goes back */
  readonly monotonicMs: () => number;
};

/** Builds the command runner: the one way by which anything in Munot changes. */
export const createRunner = <AllSources>(deps: RunnerDeps<AllSources>): Run<AllSources> => {
  const { store, locks, newId, monotonicMs } = deps;

  const run: Run<AllSources> = async (command, ctx, rawInput) => {
    const input = parse(command.input, rawInput);
    const refs = command.streams({ ctx, input, newId });
    const names = Object.keys(refs);
    const refList = Object.values(refs);

    const load = async () => {
      const stored = inheritOwners(await store.load(ctx.instanceId, refList));
      const streams = Object.fromEntries(names.map((name, index) => [name, open(nth(stored, index))]));
      // The record has exactly the names of `refs`, each opened from the ref of that name.
      const at = { ctx, input, streams: streams as LoadedStreams<typeof refs> };
      authorise(ctx, command.permit(at));
      return { stored, at };
    };

    let loaded = await load();
    const gathering = command.facts(deps.sources, loaded.at);
    const slow = gathering instanceof Promise;
    const facts = await gathering;

    const written = refList.filter((ref) => !ref.readOnly);
    const held = await locks.hold(written.map((ref) => `${ctx.instanceId}/${ref.stream.kind}/${ref.id}`));
    try {
      const deadline = monotonicMs() + limits.commandDeadlineMs;
      for (let stale = slow || held.contended; ; stale = true) {
        if (stale) loaded = await load();
        const decision = command.decide({ ...loaded.at, facts });
        const done = await append(ctx, loaded.stored, decision);
        if (done !== "conflict") return done;
        if (monotonicMs() > deadline) throw new Refusal("request.contended");
      }
    } finally {
      held.release();
    }
  };

  const append = async <Result>(
    ctx: Ctx,
    stored: readonly StoredStream[],
    decision: Decision<Result>,
  ): Promise<Done<Result> | "conflict"> => {
    const changes = stored.map((before) => change(ctx, before, decision.events));
    const claims = changes.flatMap(claimsOf);
    const tokens = decision.tokens ?? [];
    const unit = {
      instanceId: ctx.instanceId,
      actor: ctx.actor,
      client: ctx.client,
      changes: changes.filter((one) => one.events.length > 0).sort(byKey),
      take: claims.flatMap((one) => one.take),
      release: claims.flatMap((one) => one.release),
      tokens,
      jobs: decision.jobs ?? [],
    };
    if (unit.changes.length > 0 || tokens.length > 0 || unit.jobs.length > 0) {
      try {
        await store.append(unit);
      } catch (error) {
        if (error instanceof VersionConflict) return "conflict";
        if (error instanceof ClaimTaken) throw new Refusal(claimKinds[error.kind]);
        throw error;
      }
    }
    const first = nth(changes, 0);
    const last = first.events.at(-1);
    return {
      result: decision.result,
      id: first.id,
      sequence: last?.version ?? first.before.version,
      at: last?.at ?? instant(first.before.at),
      ownerOrg: first.ownerOrg,
    };
  };

  return run;
};

/** Parses with zod; refuses with `request.invalid` and the path of each offending field. */
export const parse = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal("request.invalid", {
    fields: parsed.error.issues.map((issue) => ({ path: issue.path.join("."), problem: issue.message })),
  });
};

/** Refuses with `auth.missing` or `auth.denied` unless the caller satisfies the need. */
export const authorise = (ctx: Ctx, need: Parameters<typeof satisfies>[1]): void => {
  if (satisfies(ctx.actor, need)) return;
  throw new Refusal(ctx.actor.kind === "anonymous" ? "auth.missing" : "auth.denied");
};

/** Gives new streams that are owned with another one that one's owner. */
const inheritOwners = (stored: readonly StoredStream[]): readonly StoredStream[] =>
  stored.map((one) => {
    const { ownedWith } = one.ref;
    if (!ownedWith) return one;
    const owner = stored.find(({ ref }) => ref.stream.kind === ownedWith.stream.kind && ref.id === ownedWith.id);
    if (!owner) throw new Error(`the owner of a new ${one.ref.stream.kind} is not loaded with it`);
    return { ...one, ref: { ...one.ref, ownerOrg: owner.version > 0 ? owner.ownerOrg : null } };
  });

/** Turns a stored stream into what a command sees. */
export const open = (stored: StoredStream): Loaded => {
  const { ref } = stored;
  return {
    stream: ref.stream,
    id: ref.id,
    version: stored.version,
    exists: stored.version > 0,
    ownerOrg: stored.version > 0 ? stored.ownerOrg : ref.ownerOrg,
    state: stored.version > 0 ? stored.state : ref.stream.initial,
    record: (type, payload, ...personal: readonly unknown[]) => newEvent(ref, type, payload, personal[0]),
  };
};

const newEvent = (ref: StreamRef, type: string, payload: unknown, personal: unknown): NewEvent => {
  const shape = ref.stream.events[type];
  if (shape === undefined) throw new Error(`stream ${ref.stream.kind} has no event ${type}`);
  return {
    stream: ref.stream,
    id: ref.id,
    type,
    payload: shape.payload.parse(payload),
    personal: shape.personal === undefined ? null : shape.personal.parse(personal),
  };
};

type Changed = StreamChange & {
  readonly claims: readonly { readonly take: readonly Claim[]; readonly release: readonly Claim[] }[];
};

/** The part of a decision that belongs to one stream: versions, times and the state after it. */
const change = (ctx: Ctx, before: StoredStream, decided: readonly NewEvent[]): Changed => {
  const { stream, id } = before.ref;
  const ownerOrg = before.version > 0 ? before.ownerOrg : before.ref.ownerOrg;
  let state: unknown = before.version > 0 ? before.state : stream.initial;
  let at = before.at;
  const events: Recorded[] = [];
  const claims: Changed["claims"][number][] = [];
  for (const one of decided) {
    if (one.stream.kind !== stream.kind || one.id !== id) continue;
    at = Math.max(ctx.now, at + 1);
    const event: Recorded = {
      instanceId: ctx.instanceId,
      kind: stream.kind,
      id,
      version: before.version + events.length + 1,
      type: one.type,
      payload: one.payload,
      personal: one.personal ?? {},
      actor: recordedActor(ctx.actor),
      ownerOrg,
      at: instant(at),
    };
    const claimed = stream.claims?.[one.type]?.(event, state) ?? {};
    claims.push({ take: claimed.take ?? [], release: claimed.release ?? [] });
    state = evolve(stream, state, event);
    events.push(event);
  }
  return { before, stream, id, ownerOrg, events, state, claims };
};

const claimsOf = ({ stream, id, claims }: Changed) => {
  const held = (claim: Claim): HeldClaim => ({ ...claim, holder: { kind: stream.kind, id } });
  return claims.map((one) => ({ take: one.take.map(held), release: one.release.map(held) }));
};

const byKey = (a: StreamChange, b: StreamChange): number =>
  compareText(a.stream.kind, b.stream.kind) || compareText(a.id, b.id);

const nth = <T>(list: readonly T[], index: number): T => {
  const item = list[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
};
