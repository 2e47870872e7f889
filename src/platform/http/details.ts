import type { Done } from "../../kernel/command.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { type Instant, toTimestamp } from "../../kernel/time.ts";
import type { PageWindow } from "../db/page.ts";
import type { Call } from "./rpc.ts";

type TimestampFields = { seconds: bigint; nanos: number };

/** Fields of `zitadel.object.v2.Details` (and of its v2beta twin, which is equal). */
export type DetailsFields = {
  sequence: bigint;
  changeDate: TimestampFields;
  resourceOwner: string;
  creationDate?: TimestampFields;
};

/** Details of the object that a command changed; what no org owns belongs to the instance. */
export const detailsOf = (done: Done<unknown>, call: Call): DetailsFields => ({
  sequence: BigInt(done.sequence),
  changeDate: toTimestamp(done.at),
  resourceOwner: done.ownerOrg ?? call.ctx.instanceId,
});

/** Details of an object as read: version of its newest event, its dates and its owner. */
export const detailsOfRow = (
  row: {
    readonly sequence: number;
    readonly createdAt?: Instant;
    readonly changedAt: Instant;
    readonly ownerOrg: string | null;
  },
  call: Call,
): DetailsFields => ({
  sequence: BigInt(row.sequence),
  changeDate: toTimestamp(row.changedAt),
  resourceOwner: row.ownerOrg ?? call.ctx.instanceId,
  ...(row.createdAt === undefined ? {} : { creationDate: toTimestamp(row.createdAt) }),
});

/** Paging fields as both `ListQuery` (object.v2) and `PaginationRequest` (filter.v2, v2beta) have them. */
export type PageQuery = { readonly offset: bigint; readonly limit: number; readonly asc: boolean };

/** Page of a search request: default size 100, above 1000 refused, descending unless `asc` is set. */
export const pageOf = (query: PageQuery | undefined): PageWindow => {
  const limit = query?.limit || limits.pageDefault;
  if (limit > limits.pageMax) throw new Refusal("request.page_too_large");
  const offset = query?.offset ?? 0n;
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new Refusal("request.invalid", { fields: [{ path: "offset", problem: "is too large" }] });
  }
  return { offset: Number(offset), limit, asc: query?.asc ?? false };
};

/** Fields of `zitadel.object.v2.ListDetails`: how many rows match in all; reads are never stale, so the time is now. */
export const listDetailsOf = (
  total: number,
  call: Call,
  processedSequence = 0,
): { totalResult: bigint; processedSequence: bigint; timestamp: TimestampFields } => ({
  totalResult: BigInt(total),
  processedSequence: BigInt(processedSequence),
  timestamp: toTimestamp(call.ctx.now),
});

/** Fields of `zitadel.filter.v2beta.PaginationResponse` (and filter.v2). */
export const paginationOf = (total: number, page: PageWindow): { totalResult: bigint; appliedLimit: bigint } => ({
  totalResult: BigInt(total),
  appliedLimit: BigInt(page.limit),
});

/** The column that a `sortingColumn` enum value stands for; an unlisted or unset value takes the fallback. */
export const sortColumn = <Column extends string>(
  columns: { readonly [value: number]: Column },
  value: number | undefined,
  fallback: Column,
): Column => (value === undefined ? fallback : (columns[value] ?? fallback));
