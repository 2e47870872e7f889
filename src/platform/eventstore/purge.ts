import type { InstanceId } from "../../kernel/ids.ts";
import type { Database, Statement } from "../db/database.ts";
import { placeholders } from "../db/placeholders.ts";
import { subjectOf } from "./event-row.ts";

export type Purge = {
  readonly instanceId: InstanceId;
  readonly kind: string;
  /** streams that have ended for good */
  readonly ids: readonly string[];
  /** what else goes with each stream, in the same transaction: its rows in read tables */
  readonly alongWith: (id: string) => readonly Statement[];
};

/**
 * Removes the events of ended short-lived streams, whole. Of each stream a tombstone stays (id, last version, hash of the
 * last event): the id is never free again, and the gap is known to {@link verifyChain}. A replay of the log gives the
 * same read tables as before, because what the events wrote there goes with them.
 */
export const purgeStreams = async <DB>(database: Database<DB>, purge: Purge): Promise<void> => {
  const { instanceId, kind, ids, alongWith } = purge;
  const sql = (text: string) => placeholders(database.dialect, text);
  const entomb = sql(
    // At level 0 a newer program looks at it once more, and removes what it alone has written of it.
    `update streams set state = 'null', state_revision = -1, purged = 1, projected = 0
     where instance_id = ? and kind = ? and id = ?`,
  );
  const dropEvents = sql("delete from events where instance_id = ? and kind = ? and id = ?");
  // What nobody is any more holds no unique value.
  const release = sql("delete from claims where instance_id = ? and stream_kind = ? and stream_id = ?");
  const dropKey = sql("delete from subject_keys where instance_id = ? and subject = ?");
  const unit = ids.flatMap((id) => [
    { sql: entomb, parameters: [instanceId, kind, id] },
    { sql: dropEvents, parameters: [instanceId, kind, id] },
    { sql: release, parameters: [instanceId, kind, id] },
    { sql: dropKey, parameters: [instanceId, subjectOf(kind, id)] },
    ...alongWith(id),
  ]);
  if (unit.length > 0) await database.write(unit);
};
