import type { StreamRef } from "../../kernel/event.ts";
import { evolve } from "../../kernel/event.ts";
import type { InstanceId, OrgId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import {
  type AppendUnit,
  ClaimTaken,
  type EventStore,
  type StoredStream,
  VersionConflict,
} from "../../kernel/store.ts";
import type { Instant } from "../../kernel/time.ts";
import { type Database, type Row, type Statement, StatementFailed } from "../db/database.ts";
import { createCatchUp } from "../projections/catch-up.ts";
import { levelOf, type Part } from "../projections/projection.ts";
import { type BuiltUnit, buildUnit, erasedSubjects, subjectsOf, type TokenStatements } from "./build-unit.ts";
import { openEpoch } from "./epoch.ts";
import { UnknownEvent } from "./event-row.ts";
import { genesis } from "./hash.ts";
import { readHistory } from "./history.ts";
import type { Sealer } from "./sealing.ts";
import { logStatements } from "./sql.ts";
import { createSubjectKeys } from "./subject-keys.ts";

export type EventStoreDeps<DB> = {
  readonly database: Database<DB>;
  /** every stream type with its projection and reactor */
  readonly parts: readonly Part<DB>[];
  readonly sealer: Sealer;
  readonly tokenStatements: TokenStatements<DB>;
  readonly now: () => Instant;
  /** told when an append has put work into the outbox */
  readonly onJobs?: () => void;
};

/** Opens the event log on a migrated database. */
export const openEventStore = async <DB>(deps: EventStoreDeps<DB>): Promise<EventStore> => {
  const { database, sealer, now, tokenStatements } = deps;
  const sql = logStatements(database.dialect);
  const keys = createSubjectKeys(database, sql, sealer);
  const parts = new Map(deps.parts.map((part) => [part.stream.kind, part]));
  const epoch = await openEpoch(database);
  const build = { sql, sealer, compiler: database.compiler, parts, tokenStatements, epoch };
  const catchUp = createCatchUp(deps);

  const load = async (instanceId: InstanceId, refs: readonly StreamRef[]): Promise<readonly StoredStream[]> => {
    if (refs.length === 0) return [];
    const parameters = refs.flatMap((ref) => [instanceId, ref.stream.kind, ref.id]);
    const rows = await loadRows({ sql: sql.load(refs.length), parameters }, instanceId);
    const byName = new Map(rows.map((row) => [`${row.kind}/${row.id}`, row]));
    return Promise.all(
      refs.map(async (ref) => {
        const row = byName.get(`${ref.stream.kind}/${ref.id}`);
        if (row === undefined) return absent(ref);
        const stored = present(ref, row);
        if (row.state_revision === ref.stream.revision) return stored;
        return foldAgain(instanceId, stored);
      }),
    );
  };

  /**
   * What this program appends is projected upon what was projected before: a stream that an older one has written meanwhile
   * is caught up with first. The version that is expected at the append then holds off whoever writes in between.
   */
  const loadRows = async (statement: Statement, instanceId: InstanceId): Promise<readonly Row[]> => {
    for (;;) {
      const rows = await database.read(statement);
      const behind = rows.filter((row) => Number(row.projected) < levelOf(parts.get(String(row.kind))));
      if (behind.length === 0) return rows;
      for (const { kind, id } of behind) {
        await catchUp.stream(instanceId, String(kind), String(id)).catch(refuseNewer);
      }
    }
  };

  /**
   * Another program wrote the state: fold it from the events that it stands for. Where a newer one has recorded what this
   * one cannot understand, it must not decide.
   */
  const foldAgain = async (instanceId: InstanceId, stored: StoredStream): Promise<StoredStream> => {
    const { stream, id } = stored.ref;
    let state: unknown = stream.initial;
    try {
      for await (const event of readHistory(database, sql, sealer, { instanceId, stream, id })) {
        if (event.version > stored.version) break;
        state = evolve(stream, state, event);
      }
    } catch (error) {
      refuseNewer(error);
    }
    return { ...stored, state };
  };

  const append = async (unit: AppendUnit): Promise<void> => {
    const { instanceId } = unit;
    const keysNow = await keys.forAppend(instanceId, subjectsOf(unit));
    const built = buildUnit(build, unit, keysNow, now());
    try {
      await database.write(built.statements);
    } catch (error) {
      if (error instanceof StatementFailed)
        throw meaning(error, built, (subject) => keys.forget(instanceId, [subject]));
      throw error;
    }
    keys.stored(instanceId, keysNow);
    keys.forget(
      instanceId,
      erasedSubjects(unit).map((one) => one.name),
    );
    if (built.purposes.some(({ is }) => is === "job")) deps.onJobs?.();
  };

  return { load, append };
};

const refuseNewer = (error: unknown): never => {
  if (error instanceof UnknownEvent) throw new Refusal("stream.newer");
  throw error;
};

/** What the failure of a statement means to the command, by what the statement was for. */
const meaning = (failed: StatementFailed, built: BuiltUnit, forget: (subject: string) => void): unknown => {
  // Deadlock or serialization failure: nothing was stored, and deciding again is what a conflict asks for.
  if (failed.reason === "aborted") return new VersionConflict(failed.message, { cause: failed });
  const purpose = built.purposes[failed.index];
  if (purpose?.is === "claim" && failed.reason === "unique") return new ClaimTaken(purpose.kind);
  const raced =
    (purpose?.is === "stream" && failed.reason === "not_null") ||
    ((purpose?.is === "event" || purpose?.is === "key") && failed.reason === "unique");
  if (!raced) return failed.cause instanceof Error ? failed.cause : failed;
  if (purpose.is === "key") forget(purpose.subject);
  return new VersionConflict(failed.message, { cause: failed });
};

const absent = (ref: StreamRef): StoredStream => ({
  ref,
  version: 0,
  ownerOrg: null,
  state: undefined,
  at: 0,
  head: genesis,
});

const present = (ref: StreamRef, row: Row): StoredStream => {
  const { version, state, at, head_hash: head, owner_org: ownerOrg } = row;
  if (
    typeof version !== "number" ||
    typeof at !== "number" ||
    typeof state !== "string" ||
    !(head instanceof Uint8Array)
  ) {
    throw new Error(`stream ${ref.stream.kind} ${ref.id} is stored in a form we do not know`);
  }
  // Stored from an OrgId.
  return { ref, version, at, head, state: JSON.parse(state), ownerOrg: ownerOrg as OrgId | null };
};
