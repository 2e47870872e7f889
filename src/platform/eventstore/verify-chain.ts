import { z } from "zod";
import type { Database, Row, Run } from "../db/database.ts";
import { placeholders } from "../db/placeholders.ts";
import { eventHash, genesis } from "./hash.ts";

/** The first thing wrong with a stream. */
export type ChainBreak = {
  readonly instanceId: string;
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly problem: "changed" | "missing" | "stream row differs";
};

export type ChainReport = { readonly events: number; readonly breaks: readonly ChainBreak[] };

const pageSize = 2_000;
const bytes = z.instanceof(Uint8Array);
const chained = z.object({
  instance_id: z.string(),
  kind: z.string(),
  id: z.string(),
  version: z.number(),
  type: z.string(),
  revision: z.number(),
  payload: z.string(),
  personal: bytes.nullable(),
  actor: z.string(),
  owner_org: z.string().nullable(),
  at: z.number(),
  hash: bytes,
});
type Chained = z.infer<typeof chained>;

/**
 * Recomputes every event's hash from its stored bytes. Proves that no event was changed and none inside a stream is
 * missing, and that every stream row stands at its newest event, or is the tombstone of a stream that was removed whole. Needs no key: it holds for erased persons too.
 */
export const verifyChain = <DB>(database: Database<DB>): Promise<ChainReport> =>
  database.snapshot(async (run) => {
    const sql = placeholders(
      database.dialect,
      `select instance_id, kind, id, version, type, revision, payload, personal, actor, owner_org, at, hash from events
       where (instance_id, kind, id, version) > (?, ?, ?, ?) order by instance_id, kind, id, version limit ${pageSize}`,
    );
    const breaks = new Map<string, ChainBreak>();
    let previous: Chained | null = null;
    let events = 0;
    for (;;) {
      const from: readonly unknown[] =
        previous === null ? ["", "", "", 0] : [previous.instance_id, previous.kind, previous.id, previous.version];
      const rows = await run({ sql, parameters: from });
      for (const row of rows.map((one) => chained.parse(one))) {
        const problem = problemOf(previous, row);
        if (problem !== null && !breaks.has(nameOf(row))) breaks.set(nameOf(row), breakAt(row, problem));
        previous = row;
        events += 1;
      }
      if (rows.length < pageSize) break;
    }
    for (const row of await headsThatDiffer(run)) {
      const head = place.parse(row);
      if (!breaks.has(nameOf(head))) breaks.set(nameOf(head), breakAt(head, "stream row differs"));
    }
    return { events, breaks: [...breaks.values()] };
  });

const place = chained.pick({ instance_id: true, kind: true, id: true, version: true });
type Place = Pick<Chained, "instance_id" | "kind" | "id">;

const nameOf = (row: Place): string => `${row.instance_id}/${row.kind}/${row.id}`;

const breakAt = (row: Place & { readonly version: number }, problem: ChainBreak["problem"]): ChainBreak => ({
  instanceId: row.instance_id,
  kind: row.kind,
  id: row.id,
  version: row.version,
  problem,
});

const problemOf = (previous: Chained | null, row: Chained): ChainBreak["problem"] | null => {
  const before = previous !== null && nameOf(previous) === nameOf(row) ? previous : null;
  if (row.version !== (before?.version ?? 0) + 1) return "missing";
  const wanted = eventHash(before?.hash ?? genesis, row);
  return Buffer.compare(wanted, row.hash) === 0 ? null : "changed";
};

/** Stream rows that do not stand at their newest event, and events beyond (or without) a stream row. */
const headsThatDiffer = async (run: Run): Promise<readonly Row[]> => [
  ...(await run({
    sql: `select s.instance_id, s.kind, s.id, s.version from streams s
          left join events e
            on e.instance_id = s.instance_id and e.kind = s.kind and e.id = s.id and e.version = s.version
          where (s.purged = 0 and (e.hash is null or e.hash <> s.head_hash)) or (s.purged = 1 and e.hash is not null)`,
    parameters: [],
  })),
  ...(await run({
    sql: `select e.instance_id, e.kind, e.id, max(e.version) as version from events e
          left join streams s on s.instance_id = e.instance_id and s.kind = e.kind and s.id = e.id
          where s.id is null or e.version > s.version group by e.instance_id, e.kind, e.id`,
    parameters: [],
  })),
];
