import type { z } from "zod";
import type { Ctx, Need } from "./actor.ts";
import type { AnyStreamType, Loaded, NewEvent, StreamRef } from "./event.ts";
import type { NewId, OrgId } from "./ids.ts";
import type { NewJob } from "./job.ts";
import type { Instant } from "./time.ts";
import type { TokenWrite } from "./token.ts";

export type StreamRefs = { readonly [name: string]: StreamRef };
/** A stream that a command names only in some cases is optional here too. */
export type LoadedStreams<Refs extends StreamRefs> = {
  readonly [Name in keyof Refs]: NonNullable<Refs[Name]> extends StreamRef<infer S extends AnyStreamType>
    ? Loaded<S>
    : never;
};

/** What a command sees when it authorises and decides. */
export type Case<Input, Refs extends StreamRefs> = {
  readonly ctx: Ctx;
  readonly input: Input;
  readonly streams: LoadedStreams<Refs>;
};

/**
 * What a command decided: events (none: nothing to change), credentials, work for the outbox that no event may describe
 * because it holds a code, and what the caller is told.
 */
export type Decision<Result> = {
  readonly events: readonly NewEvent[];
  readonly tokens?: readonly TokenWrite[];
  readonly jobs?: readonly NewJob[];
  readonly result: Result;
};

/**
 * One command, whole: the runner goes through it from top to bottom, so that none can forget a step.
 *
 * 1. `input` parses. 2. `streams` names what is loaded (the first one is the one the answer speaks of).
 * 3. `permit` says what the caller needs, from stored state, never from what the caller claims.
 * 4. `facts` gathers what only the outside knows (hashes, random values); a stranger never gets this far.
 * 5. `decide` is pure and may run again with the same facts after a version conflict.
 */
export type Command<Schema extends z.ZodType, Refs extends StreamRefs, Facts, Sources, Result> = {
  readonly name: string;
  readonly input: Schema;
  readonly streams: (from: { readonly ctx: Ctx; readonly input: z.output<Schema>; readonly newId: NewId }) => Refs;
  readonly permit: (at: Case<z.output<Schema>, Refs>) => Need;
  readonly facts: (from: Sources, at: Case<z.output<Schema>, Refs>) => Facts | Promise<Facts>;
  readonly decide: (at: Case<z.output<Schema>, Refs> & { readonly facts: Facts }) => Decision<Result>;
};

/** Declares a command; exists so that TypeScript infers its types. */
export const defineCommand = <Schema extends z.ZodType, Refs extends StreamRefs, Facts, Sources, Result>(
  command: Command<Schema, Refs, Facts, Sources, Result>,
): Command<Schema, Refs, Facts, Sources, Result> => command;

/** The `facts` of a command that needs none. */
export const noFacts = (_from: unknown): undefined => undefined;

/** A command that was carried out: its result, and where its first stream stands now. */
export type Done<Result> = {
  readonly result: Result;
  readonly id: string;
  /** version of the first stream after the command */
  readonly sequence: number;
  readonly at: Instant;
  readonly ownerOrg: OrgId | null;
};

/**
 * Runs commands. `Sources` is all that the composition root can supply as facts; a command declares the part it uses.
 * Refuses with `request.invalid` (input), `auth.missing`, `auth.denied`, whatever the command itself refuses with, the
 * refusal of a taken claim, or `request.contended` when conflicts do not end before the deadline.
 */
export type Run<AllSources> = <Schema extends z.ZodType, Refs extends StreamRefs, Facts, Result>(
  command: Command<Schema, Refs, Facts, AllSources, Result>,
  ctx: Ctx,
  input: z.input<Schema>,
) => Promise<Done<Result>>;
