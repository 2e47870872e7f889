import { z } from "zod";
import type { AnyStreamType, Recorded, RecordedActor } from "../../kernel/event.ts";
import type { InstanceId, OrgId } from "../../kernel/ids.ts";
import { canonicalJson, type Json } from "../../kernel/json.ts";
import { instant } from "../../kernel/time.ts";
import type { Row } from "../db/database.ts";
import type { HashedColumns } from "./hash.ts";
import type { Sealer, SubjectKey } from "./sealing.ts";

/** An event as it lies in the log, with the wrapped key of its subject (null: it has none, or was erased). */
export type EventRow = HashedColumns & { readonly hash: Uint8Array; readonly wrapped_key: Uint8Array | null };

/** Revision of the payloads' shape. A second one brings a step that lifts the first; a higher one is a newer program's. */
export const payloadRevision = 1;

const bytes = z.instanceof(Uint8Array);

const eventRow = z.object({
  instance_id: z.string(),
  kind: z.string(),
  id: z.string(),
  version: z.int(),
  type: z.string(),
  revision: z.int(),
  payload: z.string(),
  personal: bytes.nullable(),
  actor: z.string(),
  owner_org: z.string().nullable(),
  at: z.int(),
  hash: bytes,
  wrapped_key: bytes.nullable(),
});

/** Parses a row of the log. */
export const readEventRow = (row: Row): EventRow => eventRow.parse(row);

/** The subject whose key seals a stream's personal data. */
export const subjectOf = (kind: string, id: string): string => `${kind}:${id}`;

type Place = { readonly instance_id: string; readonly kind: string; readonly id: string; readonly version: number };

const aad = (place: Place, what: "personal" | "client"): string =>
  `${place.instance_id}/${place.kind}/${place.id}/${place.version}/${what}`;

/** Seals a value with a subject's key, bound to the event that it belongs to. */
export const sealJson = (sealer: Sealer, key: SubjectKey, value: Json, place: Place, what: "personal" | "client") =>
  sealer.seal(key, Buffer.from(canonicalJson(value)), aad(place, what));

const openJson = (
  sealer: Sealer,
  key: SubjectKey,
  sealed: Uint8Array,
  place: Place,
  what: "personal" | "client",
): unknown => JSON.parse(Buffer.from(sealer.open(key, sealed, aad(place, what))).toString());

/** Who acted, with the network trace sealed. */
export const actorColumn = (actor: RecordedActor, client: Uint8Array | null): string =>
  canonicalJson({
    kind: actor.kind,
    id: actor.id,
    ...(client === null ? {} : { client: Buffer.from(client).toString("base64") }),
  });

const storedActor = z.object({ kind: z.enum(["anonymous", "user", "system"]), id: z.string() });

/** What the log holds of an event, opened: its personal part is null once the key of its subject is destroyed. */
export const recordedFrom = (stream: AnyStreamType, row: EventRow, sealer: Sealer): Recorded => {
  const shape = stream.events[row.type];
  if (shape === undefined || row.revision > payloadRevision) throw new UnknownEvent(row.kind, row.type);
  // The values were parsed by the edge and by the event's schema before they were stored.
  const instanceId = row.instance_id as InstanceId;
  const key =
    row.personal === null || row.wrapped_key === null
      ? null
      : sealer.unwrap(instanceId, subjectOf(row.kind, row.id), row.wrapped_key);
  const sealed =
    row.personal === null || key === null
      ? null
      : withDefaults(shape.personal, openJson(sealer, key, row.personal, row, "personal"));
  return {
    instanceId,
    kind: row.kind,
    id: row.id,
    version: row.version,
    type: row.type,
    payload: withDefaults(shape.payload, JSON.parse(row.payload)),
    personal: row.personal === null ? {} : sealed,
    actor: storedActor.parse(JSON.parse(row.actor)),
    ownerOrg: row.owner_org as OrgId | null,
    at: instant(row.at),
  };
};

/**
 * What was stored before a field was thought of has its default. A fact stays one when today's rules would refuse it: then it
 * is given as it lies there.
 */
const withDefaults = (shape: z.ZodObject | undefined, stored: unknown): Record<string, unknown> => {
  const parsed = shape?.safeParse(stored);
  // Written from an object by `canonicalJson`.
  return parsed?.success === true ? parsed.data : (stored as Record<string, unknown>);
};

/** The log holds an event that this program does not know: it was written by a newer one. */
export class UnknownEvent extends Error {
  override readonly name = "UnknownEvent";
  constructor(kind: string, type: string) {
    super(`this program does not know the event ${type} of stream ${kind}: was it written by a newer Munot?`);
  }
}
