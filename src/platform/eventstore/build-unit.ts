import type { Compilable, Kysely } from "kysely";
import type { ClaimKind, Recorded } from "../../kernel/event.ts";
import type { InstanceId } from "../../kernel/ids.ts";
import type { NewJob } from "../../kernel/job.ts";
import { canonicalJson, type Json } from "../../kernel/json.ts";
import { limits } from "../../kernel/limits.ts";
import type { AppendUnit, StreamChange } from "../../kernel/store.ts";
import { compareText } from "../../kernel/text.ts";
import type { Instant } from "../../kernel/time.ts";
import type { TokenWrite } from "../../kernel/token.ts";
import type { Statement } from "../db/database.ts";
import { levelOf, type Part } from "../projections/projection.ts";
import { actorColumn, payloadRevision, sealJson, subjectOf } from "./event-row.ts";
import { eventHash, type HashedColumns } from "./hash.ts";
import type { Sealer } from "./sealing.ts";
import type { LogStatements } from "./sql.ts";
import type { KeyForAppend } from "./subject-keys.ts";

/** Turns what a decision wrote to the credentials into statements of the token table. */
export type TokenStatements<DB> = (
  write: TokenWrite,
  at: { readonly instanceId: InstanceId; readonly at: Instant },
  db: Kysely<DB>,
) => readonly Compilable[];

/** What a statement is for: tells what its failure means. */
export type Purpose =
  | { readonly is: "stream" | "event" | "job" | "rest" }
  | { readonly is: "key"; readonly subject: string }
  | { readonly is: "claim"; readonly kind: ClaimKind };

export type BuiltUnit = { readonly statements: readonly Statement[]; readonly purposes: readonly Purpose[] };

export type BuildDeps<DB> = {
  readonly sql: LogStatements;
  readonly sealer: Sealer;
  readonly compiler: Kysely<DB>;
  readonly parts: ReadonlyMap<string, Part<DB>>;
  readonly tokenStatements: TokenStatements<DB>;
  /** epoch of the log on PostgreSQL, null on SQLite */
  readonly epoch: number | null;
};

/** The subject whose key seals the caller's address: the acting user, else the stream that is acted on. */
const clientSubject = (unit: AppendUnit, change: StreamChange): string =>
  unit.actor.kind === "user" ? subjectOf("user", unit.actor.userId) : subjectOf(change.stream.kind, change.id);

const sealsPersonal = (change: StreamChange, event: Recorded): boolean =>
  change.stream.events[event.type]?.personal !== undefined;

/** All subjects whose keys a unit needs. */
export const subjectsOf = (unit: AppendUnit): readonly { readonly subject: string; readonly isNew: boolean }[] =>
  unit.changes.flatMap((change) => {
    const own = subjectOf(change.stream.kind, change.id);
    const subjects = [];
    if (change.events.some((event) => sealsPersonal(change, event))) {
      subjects.push({ subject: own, isNew: change.before.version === 0 });
    }
    if (unit.client !== null) {
      const subject = clientSubject(unit, change);
      subjects.push({ subject, isNew: subject === own && change.before.version === 0 });
    }
    return subjects;
  });

/**
 * The statements of one unit, in the order in which they must fail: stream rows first (they hold the version guard and
 * their lock), then keys, events, claims, erasures, read tables, jobs and credentials.
 */
export const buildUnit = <DB>(
  deps: BuildDeps<DB>,
  unit: AppendUnit,
  keys: ReadonlyMap<string, KeyForAppend>,
  now: Instant,
): BuiltUnit => {
  const { sql, sealer, compiler, tokenStatements } = deps;
  const { instanceId } = unit;
  const statements: Statement[] = [];
  const purposes: Purpose[] = [];
  const add = (purpose: Purpose, statement: Statement) => {
    purposes.push(purpose);
    statements.push(statement);
  };
  const rest: Purpose = { is: "rest" };

  const eventRows: (readonly unknown[])[] = [];
  for (const change of unit.changes) {
    const rows = hashedRows(deps, unit, change, keys);
    eventRows.push(...rows.map((row) => row.parameters));
    add({ is: "stream" }, { sql: sql.putStream, parameters: streamParameters(deps, unit, change, rows.at(-1)?.hash) });
  }
  for (const [subject, key] of keys) {
    if (key.is === "new") {
      add({ is: "key", subject }, { sql: sql.addKey, parameters: [instanceId, subject, key.wrapped] });
    }
  }
  for (const parameters of eventRows) add({ is: "event" }, { sql: sql.addEvent, parameters });
  for (const claim of [...unit.release].sort(byClaim)) {
    const { holder } = claim;
    add(rest, { sql: sql.releaseClaim, parameters: [instanceId, claim.kind, claim.value, holder.kind, holder.id] });
  }
  for (const claim of [...unit.take].sort(byClaim)) {
    const { holder } = claim;
    const parameters = [instanceId, claim.kind, claim.value, holder.kind, holder.id];
    add({ is: "claim", kind: claim.kind }, { sql: sql.takeClaim, parameters });
  }
  for (const subject of erasedSubjects(unit)) {
    add(rest, { sql: sql.destroyKey, parameters: [instanceId, subject.name] });
    add(rest, { sql: sql.releaseAll, parameters: [instanceId, subject.kind, subject.id] });
    add(rest, { sql: sql.dropJobs, parameters: [instanceId, subject.name] });
  }
  for (const change of unit.changes) {
    const part = deps.parts.get(change.stream.kind);
    if (part === undefined) throw new Error(`stream ${change.stream.kind} is not listed among the parts`);
    for (const event of change.events) {
      for (const statement of projected(part, event, compiler)) add(rest, statement);
      for (const job of part.react(event)) {
        add({ is: "job" }, { sql: sql.addJob, parameters: jobParameters(sealer, instanceId, job, event.at) });
      }
    }
  }
  for (const job of unit.jobs) {
    add({ is: "job" }, { sql: sql.addJob, parameters: jobParameters(sealer, instanceId, job, now) });
  }
  for (const write of unit.tokens) {
    for (const one of tokenStatements(write, { instanceId, at: now }, compiler)) add(rest, one.compile());
  }
  return { statements, purposes };
};

/** The compiled statements of one event, which may touch only a bounded number of rows. */
export const projected = <DB>(part: Part<DB>, event: Recorded, compiler: Kysely<DB>): readonly Statement[] => {
  const statements = part.project(event, compiler).map((one) => one.compile());
  if (statements.length > limits.statementsPerEvent) {
    throw new Error(`${event.type} writes ${statements.length} rows: the limit is ${limits.statementsPerEvent}`);
  }
  return statements;
};

/** Subjects whose keys the unit's events destroy. */
export const erasedSubjects = (unit: AppendUnit) =>
  unit.changes
    .filter((change) => change.events.some((event) => change.stream.erases?.includes(event.type)))
    .map(({ stream: { kind }, id }) => ({ kind, id, name: subjectOf(kind, id) }));

const streamParameters = <DB>(
  { parts }: BuildDeps<DB>,
  unit: AppendUnit,
  change: StreamChange,
  head: Uint8Array | undefined,
): readonly unknown[] => {
  const { stream, id, before } = change;
  // A state is plain data: its stream's own tests keep it so.
  const state = canonicalJson(change.state as Json);
  const size = Buffer.byteLength(state);
  if (size > limits.stateBytes) throw new Error(`state of ${stream.kind} ${id} has ${size} bytes`);
  const last = change.events.at(-1);
  if (last === undefined || head === undefined) throw new Error(`no event to store on ${stream.kind} ${id}`);
  return [
    unit.instanceId,
    stream.kind,
    id,
    last.version,
    change.ownerOrg,
    state,
    stream.revision,
    head,
    last.at,
    levelOf(parts.get(stream.kind)),
    before.version,
  ];
};

type BuiltRow = { readonly parameters: readonly unknown[]; readonly hash: Uint8Array };

const hashedRows = <DB>(
  deps: BuildDeps<DB>,
  unit: AppendUnit,
  change: StreamChange,
  keys: ReadonlyMap<string, KeyForAppend>,
): readonly BuiltRow[] => {
  let head = change.before.head;
  return change.events.map((event) => {
    const row = storedColumns(deps.sealer, unit, change, event, keys);
    head = eventHash(head, row);
    const parameters = [
      row.instance_id,
      row.kind,
      row.id,
      row.version,
      row.type,
      row.revision,
      row.payload,
      row.personal,
      row.actor,
      row.owner_org,
      row.at,
      head,
    ];
    return { parameters: deps.epoch === null ? parameters : [...parameters, deps.epoch], hash: head };
  });
};

const storedColumns = (
  sealer: Sealer,
  unit: AppendUnit,
  change: StreamChange,
  event: Recorded,
  keys: ReadonlyMap<string, KeyForAppend>,
): HashedColumns => {
  const place = { instance_id: event.instanceId, kind: event.kind, id: event.id, version: event.version };
  let personal: Uint8Array | null = null;
  if (sealsPersonal(change, event)) {
    const key = keys.get(subjectOf(event.kind, event.id));
    if (key === undefined || key.is === "destroyed") throw new Error(`${event.kind} ${event.id} has been erased`);
    // Parsed by the event's schema, so it is plain data.
    personal = sealJson(sealer, key.key, (event.personal ?? {}) as Json, place, "personal");
  }
  let client: Uint8Array | null = null;
  if (unit.client !== null) {
    const key = keys.get(clientSubject(unit, change));
    // Whoever has been erased leaves no address any more.
    if (key !== undefined && key.is !== "destroyed") {
      const { ip, userAgent } = unit.client;
      client = sealJson(sealer, key.key, { ip, userAgent }, place, "client");
    }
  }
  return {
    ...place,
    type: event.type,
    revision: payloadRevision,
    payload: canonicalJson(event.payload as Json),
    personal,
    actor: actorColumn(event.actor, client),
    owner_org: event.ownerOrg,
    at: event.at,
  };
};

/** What binds a job's sealed payload to its row. */
export const jobAad = (key: string): string => `job/${key}`;

const jobParameters = (sealer: Sealer, instanceId: InstanceId, job: NewJob, at: Instant): readonly unknown[] => {
  const payload = sealer.sealForInstance(instanceId, Buffer.from(canonicalJson(job.payload)), jobAad(job.key));
  return [instanceId, job.key, job.kind, payload, job.subject ?? null, at, at, job.expiresAt ?? null];
};

const byClaim = (a: { kind: string; value: string }, b: { kind: string; value: string }): number =>
  compareText(a.kind, b.kind) || compareText(a.value, b.value);
