import type { Migration, MigrationTypes } from "../src/platform/db/migration.ts";

/** Place in the log: SQLite has one writer, PostgreSQL commits out of order and needs the transaction id beside it. */
const position = (t: MigrationTypes): string =>
  t.dialect === "sqlite"
    ? "position integer primary key autoincrement"
    : `position bigint generated always as identity primary key,
       epoch integer not null,
       xid xid8 not null default pg_current_xact_id()`;

/** The event log: events, folded states, unique values, keys of persons, outbox. */
export const eventlog: Migration = {
  name: "0001-eventlog",
  up: (t) => [
    `create table events (
       ${position(t)},
       instance_id ${t.text} not null,
       kind ${t.text} not null,
       id ${t.text} not null,
       version ${t.int} not null,
       type ${t.text} not null,
       revision ${t.int} not null,
       payload ${t.text} not null,
       personal ${t.bytes},
       actor ${t.text} not null,
       owner_org ${t.text},
       at ${t.int} not null,
       hash ${t.bytes} not null
     )`,
    "create unique index events_version on events (instance_id, kind, id, version)",
    ...(t.dialect === "sqlite"
      ? []
      : [
          "create index events_tail on events (epoch, xid, position)",
          "create table log_epoch (singleton integer primary key check (singleton = 1), epoch integer not null)",
          "insert into log_epoch (singleton, epoch) values (1, 0)",
        ]),
    `create table streams (
       instance_id ${t.text} not null,
       kind ${t.text} not null,
       id ${t.text} not null,
       version ${t.int} not null,
       owner_org ${t.text},
       state ${t.text} not null,
       state_revision ${t.int} not null,
       head_hash ${t.bytes} not null,
       at ${t.int} not null,
       primary key (instance_id, kind, id)
     )`,
    `create table claims (
       instance_id ${t.text} not null,
       kind ${t.text} not null,
       value ${t.text} not null,
       stream_kind ${t.text} not null,
       stream_id ${t.text} not null,
       primary key (instance_id, kind, value)
     )`,
    "create index claims_holder on claims (instance_id, stream_kind, stream_id)",
    // A key that was destroyed leaves its row behind, so that it is never made anew.
    `create table subject_keys (
       instance_id ${t.text} not null,
       subject ${t.text} not null,
       wrapped_key ${t.bytes},
       primary key (instance_id, subject)
     )`,
    `create table jobs (
       instance_id ${t.text} not null,
       job_key ${t.text} not null,
       kind ${t.text} not null,
       payload ${t.bytes} not null,
       subject ${t.text},
       created_at ${t.int} not null,
       run_at ${t.int} not null,
       expires_at ${t.int},
       attempts ${t.int} not null,
       last_error ${t.text},
       primary key (instance_id, job_key)
     )`,
    "create index jobs_due on jobs (run_at)",
    "create index jobs_subject on jobs (instance_id, subject)",
  ],
};
