import type { AnyStreamType, Recorded } from "../../kernel/event.ts";
import type { InstanceId } from "../../kernel/ids.ts";
import type { Database } from "../db/database.ts";
import { readEventRow, recordedFrom } from "./event-row.ts";
import type { Sealer } from "./sealing.ts";
import type { LogStatements } from "./sql.ts";

const pageSize = 1_000;

/** All events of one stream, oldest first, a page at a time. */
export async function* readHistory<DB>(
  database: Pick<Database<DB>, "read">,
  sql: LogStatements,
  sealer: Sealer,
  of: { readonly instanceId: InstanceId; readonly stream: AnyStreamType; readonly id: string },
): AsyncGenerator<Recorded> {
  for (let after = 0; ; ) {
    const rows = await database.read({
      sql: sql.history,
      parameters: [of.instanceId, of.stream.kind, of.id, after, pageSize],
    });
    for (const row of rows) {
      const event = recordedFrom(of.stream, readEventRow(row), sealer);
      after = event.version;
      yield event;
    }
    if (rows.length < pageSize) return;
  }
}
