import { hash } from "node:crypto";

/** The columns of an event that its hash covers: all but its place in the log, as they are stored. */
export type HashedColumns = {
  readonly instance_id: string;
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly type: string;
  readonly revision: number;
  readonly payload: string;
  readonly personal: Uint8Array | null;
  readonly actor: string;
  readonly owner_org: string | null;
  readonly at: number;
};

/** What the first event of a stream is chained to. */
export const genesis: Uint8Array = new Uint8Array(32);

/**
 * SHA-256 over the previous event's hash and the row, each column behind its length, so that no two rows give the same
 * bytes. Taken after sealing: destroying a person's key leaves the chain whole.
 */
export const eventHash = (previous: Uint8Array, row: HashedColumns): Uint8Array => {
  const columns = [
    row.instance_id,
    row.kind,
    row.id,
    String(row.version),
    row.type,
    String(row.revision),
    row.payload,
    row.personal,
    row.actor,
    row.owner_org,
    String(row.at),
  ];
  return hash("sha256", Buffer.concat([previous, ...columns.flatMap(framed)]), "buffer");
};

/** 0xffffffff stands for null, which no length reaches. */
const framed = (column: string | Uint8Array | null): readonly Uint8Array[] => {
  const length = Buffer.alloc(4);
  if (column === null) {
    length.writeUInt32BE(0xffff_ffff);
    return [length];
  }
  const bytes = typeof column === "string" ? Buffer.from(column) : column;
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
};
