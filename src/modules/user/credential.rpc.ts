import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { IDFilter, TimestampFilter } from "@zitadel/proto/zitadel/filter/v2/filter_pb.js";
import { KeyFieldName } from "@zitadel/proto/zitadel/user/v2/key_pb.js";
import { PersonalAccessTokenFieldName } from "@zitadel/proto/zitadel/user/v2/pat_pb.js";
import type { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import type { Run } from "../../kernel/command.ts";
import type { UserKeyId } from "../../kernel/ids.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { fromTimestamp, type Instant, toTimestamp } from "../../kernel/time.ts";
import type { MintToken } from "../../kernel/token.ts";
import { pageOf, paginationOf, sortColumn } from "../../platform/http/details.ts";
import type { RpcMethods } from "../../platform/http/rpc.ts";
import { addKey, type KeySources } from "./add-key.ts";
import { addPersonalAccessToken } from "./add-personal-access-token.ts";
import { addSecret, type MintSecret } from "./add-secret.ts";
import {
  type CredentialFilter,
  type CredentialReader,
  type CredentialSearch,
  type CredentialView,
  timeOperators,
} from "./credential.queries.ts";
import { type HasKey, removeKey } from "./remove-key.ts";
import { type HasPat, removePersonalAccessToken } from "./remove-personal-access-token.ts";
import { removeSecret } from "./remove-secret.ts";

/** What the commands on credentials of service accounts need from outside. */
export type CredentialSources = KeySources & {
  readonly mintToken: MintToken;
  readonly mintClientSecret: MintSecret;
  readonly hasKey: HasKey;
  readonly hasPat: HasPat;
};

const keySorts = {
  [KeyFieldName.CREATED_DATE]: "created",
  [KeyFieldName.ID]: "id",
  [KeyFieldName.USER_ID]: "user",
  [KeyFieldName.ORGANIZATION_ID]: "org",
  [KeyFieldName.KEY_EXPIRATION_DATE]: "expires",
} as const;

const patSorts = {
  [PersonalAccessTokenFieldName.CREATED_DATE]: "created",
  [PersonalAccessTokenFieldName.ID]: "id",
  [PersonalAccessTokenFieldName.USER_ID]: "user",
  [PersonalAccessTokenFieldName.ORGANIZATION_ID]: "org",
  [PersonalAccessTokenFieldName.EXPIRATION_DATE]: "expires",
} as const;

type FilterMessage =
  | {
      readonly case: "keyIdFilter" | "tokenIdFilter" | "userIdFilter" | "organizationIdFilter";
      readonly value: IDFilter;
    }
  | { readonly case: "createdDateFilter" | "expirationDateFilter"; readonly value: TimestampFilter }
  | { readonly case: undefined; readonly value?: undefined };

const timeOf = (is: "created" | "expires", { timestamp, method }: TimestampFilter): CredentialFilter => {
  const operator = timeOperators[method];
  if (operator !== undefined && timestamp !== undefined) return { is, operator, at: fromTimestamp(timestamp) };
  throw new Refusal("request.invalid", { fields: [{ path: "filters", problem: "hold a date that says nothing" }] });
};

/** A filter without content says nothing, so it matches all. */
const filtersOf = (filter: FilterMessage): readonly CredentialFilter[] => {
  switch (filter.case) {
    case "keyIdFilter":
    case "tokenIdFilter":
      return [{ is: "id", id: filter.value.id }];
    case "userIdFilter":
      return [{ is: "user", id: filter.value.id }];
    case "organizationIdFilter":
      return [{ is: "org", id: filter.value.id }];
    case "createdDateFilter":
      return [timeOf("created", filter.value)];
    case "expirationDateFilter":
      return [timeOf("expires", filter.value)];
    case undefined:
      return [];
  }
};

const searchOf = (
  filters: readonly { readonly filter: FilterMessage }[],
  sortBy: CredentialSearch["sortBy"],
  page: CredentialSearch["page"],
): CredentialSearch => ({ filters: filters.flatMap(({ filter }) => filtersOf(filter)), sortBy, page });

const messageOf = (row: CredentialView) => ({
  id: row.id,
  userId: row.userId,
  organizationId: row.orgId,
  creationDate: toTimestamp(row.createdAt),
  changeDate: toTimestamp(row.createdAt),
  ...(row.expiresAt === null ? {} : { expirationDate: toTimestamp(row.expiresAt) }),
});

const expiryOf = (date: Timestamp | undefined): Instant | null => (date ? fromTimestamp(date) : null);

/** The key file that ZITADEL's client libraries read. */
const keyFile = (keyId: UserKeyId, key: string, userId: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify({ type: "serviceaccount", keyId, key, userId }));

type Deps = {
  readonly run: Run<CredentialSources>;
  readonly credentials: Pick<CredentialReader, "listKeys" | "listPats">;
};

/** Methods of zitadel.user.v2.UserService on secrets, keys and tokens of service accounts. */
export const credentialMethods = ({ run, credentials }: Deps) =>
  ({
    addSecret: async ({ userId }, call) => {
      const done = await run(addSecret, call.ctx, { userId });
      return { creationDate: toTimestamp(done.at), ...done.result };
    },
    removeSecret: async ({ userId }, call) => ({
      deletionDate: toTimestamp((await run(removeSecret, call.ctx, { userId })).at),
    }),
    addKey: async ({ userId, expirationDate, publicKey }, call) => {
      const done = await run(addKey, call.ctx, {
        userId,
        expiresAt: expiryOf(expirationDate),
        publicKey: publicKey.length === 0 ? null : new TextDecoder().decode(publicKey),
      });
      const { keyId, privatePem } = done.result;
      return {
        creationDate: toTimestamp(done.at),
        keyId,
        ...(privatePem === null ? {} : { keyContent: keyFile(keyId, privatePem, userId) }),
      };
    },
    removeKey: async ({ userId, keyId }, call) => ({
      deletionDate: toTimestamp((await run(removeKey, call.ctx, { userId, keyId })).at),
    }),
    listKeys: async ({ filters, sortingColumn, pagination }, call) => {
      const page = pageOf(pagination);
      const search = searchOf(filters, sortColumn(keySorts, sortingColumn, "created"), page);
      const { rows, total } = await credentials.listKeys(call.ctx, search);
      return { pagination: paginationOf(total, page), result: rows.map(messageOf) };
    },
    addPersonalAccessToken: async ({ userId, expirationDate }, call) => {
      const done = await run(addPersonalAccessToken, call.ctx, { userId, expiresAt: expiryOf(expirationDate) });
      return { creationDate: toTimestamp(done.at), ...done.result };
    },
    removePersonalAccessToken: async ({ userId, tokenId }, call) => ({
      deletionDate: toTimestamp((await run(removePersonalAccessToken, call.ctx, { userId, tokenId })).at),
    }),
    listPersonalAccessTokens: async ({ filters, sortingColumn, pagination }, call) => {
      const page = pageOf(pagination);
      const search = searchOf(filters, sortColumn(patSorts, sortingColumn, "created"), page);
      const { rows, total } = await credentials.listPats(call.ctx, search);
      return { pagination: paginationOf(total, page), result: rows.map(messageOf) };
    },
  }) satisfies RpcMethods<typeof UserService>;
