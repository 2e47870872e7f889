import type { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import type { Run } from "../../kernel/command.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { textMethodOf } from "../../platform/db/text-match.ts";
import { pageOf, paginationOf } from "../../platform/http/details.ts";
import type { RpcMethods } from "../../platform/http/rpc.ts";
import type { MetadataKeysOf } from "./metadata.events.ts";
import type { MetadataReader } from "./metadata.queries.ts";
import { removeUserMetadata } from "./remove-user-metadata.ts";
import { setUserMetadata } from "./set-user-metadata.ts";

export type MetadataSources = { readonly metadataKeysOf: MetadataKeysOf };

type Deps = { readonly run: Run<MetadataSources>; readonly metadata: Pick<MetadataReader, "list"> };

/** Methods of zitadel.user.v2.UserService on metadata. */
export const metadataMethods = ({ run, metadata }: Deps) =>
  ({
    setUserMetadata: async (req, call) => {
      const entries = req.metadata.map(({ key, value }) => ({ key, value: value.toBase64() }));
      const done = await run(setUserMetadata, call.ctx, { userId: req.userId, metadata: entries });
      return { setDate: toTimestamp(done.at) };
    },
    listUserMetadata: async (req, call) => {
      const page = pageOf(req.pagination);
      const keys = req.filters.flatMap(({ filter }) =>
        filter.case === "keyFilter" ? [{ key: filter.value.key, method: textMethodOf(filter.value.method) }] : [],
      );
      const { rows, total } = await metadata.list(call.ctx, req.userId, { keys, page });
      return {
        pagination: paginationOf(total, page),
        metadata: rows.map(({ key, value, createdAt, changedAt }) => ({
          key,
          value: new Uint8Array(value),
          creationDate: toTimestamp(createdAt),
          changeDate: toTimestamp(changedAt),
        })),
      };
    },
    deleteUserMetadata: async ({ userId, keys }, call) => ({
      deletionDate: toTimestamp((await run(removeUserMetadata, call.ctx, { userId, keys })).at),
    }),
  }) satisfies RpcMethods<typeof UserService>;
