import { ApplicationKeysSorting } from "@zitadel/proto/zitadel/app/v2beta/app_pb.js";
import type { AppService, ListApplicationKeysRequest } from "@zitadel/proto/zitadel/app/v2beta/app_service_pb.js";
import type { Run } from "../../kernel/command.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { fromTimestamp, toTimestamp } from "../../kernel/time.ts";
import { pageOf, paginationOf, sortColumn } from "../../platform/http/details.ts";
import type { RpcMethods } from "../../platform/http/rpc.ts";
import { type ApplicationKeySources, addApplicationKey } from "./add-application-key.ts";
import type { ApplicationKeyReader, ApplicationKeySearch, ApplicationKeyView } from "./application-key.queries.ts";
import { removeApplicationKey } from "./remove-application-key.ts";

type Deps = {
  readonly run: Run<ApplicationKeySources>;
  readonly applicationKeys: Pick<ApplicationKeyReader, "get" | "list">;
};

type KeyMethods = Pick<
  RpcMethods<typeof AppService>,
  "createApplicationKey" | "deleteApplicationKey" | "getApplicationKey" | "listApplicationKeys"
>;

/** The methods of zitadel.app.v2beta.AppService that are about keys. */
export const applicationKeyMethods = ({ run, applicationKeys }: Deps): KeyMethods => ({
  createApplicationKey: async (req, call) => {
    const done = await run(addApplicationKey, call.ctx, {
      projectId: req.projectId,
      applicationId: req.appId,
      expiresAt: req.expirationDate ? fromTimestamp(req.expirationDate) : null,
    });
    const { keyId, keyFile } = done.result;
    return {
      id: keyId,
      creationDate: toTimestamp(done.at),
      keyDetails: new TextEncoder().encode(JSON.stringify(keyFile)),
    };
  },
  deleteApplicationKey: async (req, call) => {
    const { projectId, applicationId } = req;
    const done = await run(removeApplicationKey, call.ctx, { keyId: req.id, projectId, applicationId });
    return { deletionDate: toTimestamp(done.at) };
  },
  getApplicationKey: async (req, call) => {
    const key = await applicationKeys.get(call.ctx, req.id);
    const wanted = [
      [req.projectId, key.projectId],
      [req.applicationId, key.applicationId],
      [req.organizationId, key.orgId],
    ];
    if (wanted.some(([asked, is]) => asked !== "" && asked !== is)) throw new Refusal("application.key_not_found");
    return { id: key.keyId, ...datesOf(key) };
  },
  listApplicationKeys: async (req, call) => {
    const page = pageOf(req.pagination);
    const { rows, total } = await applicationKeys.list(call.ctx, {
      of: ownerOf(req),
      sortBy: sortColumn<ApplicationKeySearch["sortBy"]>(sortNames, req.sortingColumn, "id"),
      page,
    });
    return {
      keys: rows.map((key) => ({
        id: key.keyId,
        applicationId: key.applicationId,
        projectId: key.projectId,
        organizationId: key.orgId,
        ...datesOf(key),
      })),
      pagination: paginationOf(total, page),
    };
  },
});

const datesOf = ({ createdAt, expiresAt }: ApplicationKeyView) => ({
  creationDate: toTimestamp(createdAt),
  ...(expiresAt === null ? {} : { expirationDate: toTimestamp(expiresAt) }),
});

const sortNames = {
  [ApplicationKeysSorting.APPLICATION_KEYS_SORT_BY_ID]: "id",
  [ApplicationKeysSorting.APPLICATION_KEYS_SORT_BY_PROJECT_ID]: "project",
  [ApplicationKeysSorting.APPLICATION_KEYS_SORT_BY_APPLICATION_ID]: "application",
  [ApplicationKeysSorting.APPLICATION_KEYS_SORT_BY_CREATION_DATE]: "created",
  [ApplicationKeysSorting.APPLICATION_KEYS_SORT_BY_ORGANIZATION_ID]: "org",
  [ApplicationKeysSorting.APPLICATION_KEYS_SORT_BY_EXPIRATION]: "expires",
  // All keys are of one type.
  [ApplicationKeysSorting.APPLICATION_KEYS_SORT_BY_TYPE]: "id",
} as const;

const ownerOf = ({ resourceId }: ListApplicationKeysRequest): ApplicationKeySearch["of"] => {
  switch (resourceId.case) {
    case "applicationId":
      return { is: "application", id: resourceId.value };
    case "projectId":
      return { is: "project", id: resourceId.value };
    case "organizationId":
      return { is: "org", id: resourceId.value };
    case undefined:
      return null;
  }
};
