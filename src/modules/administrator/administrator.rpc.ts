import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TimestampFilter } from "@zitadel/proto/zitadel/filter/v2beta/filter_pb.js";
import {
  InternalPermissionService,
  type ResourceType,
} from "@zitadel/proto/zitadel/internal_permission/v2beta/internal_permission_service_pb.js";
import {
  AdministratorFieldName,
  type AdministratorSchema,
  type AdministratorSearchFilter,
  type ResourceFilter,
} from "@zitadel/proto/zitadel/internal_permission/v2beta/query_pb.js";
import type { Ctx } from "../../kernel/actor.ts";
import type { Run } from "../../kernel/command.ts";
import { limits } from "../../kernel/limits.ts";
import { Refusal } from "../../kernel/refusal.ts";
import { fromTimestamp, toTimestamp } from "../../kernel/time.ts";
import { textMethodOf } from "../../platform/db/text-match.ts";
import { pageOf, paginationOf, sortColumn } from "../../platform/http/details.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import { addAdministrator } from "./add-administrator.ts";
import type { AdministratorLevel } from "./administrator.events.ts";
import {
  type AdministratorFilter,
  type AdministratorSearch,
  type AdministratorSearchReader,
  type AdministratorView,
  comparisons,
} from "./administrator-search.queries.ts";
import { revokeAdministrator } from "./revoke-administrator.ts";
import { updateAdministrator } from "./update-administrator.ts";

type Deps = { readonly run: Run<unknown>; readonly administrators: AdministratorSearchReader };

const sortNames = {
  [AdministratorFieldName.USER_ID]: "user",
  [AdministratorFieldName.CREATION_DATE]: "created",
  [AdministratorFieldName.CHANGE_DATE]: "changed",
} as const;

/** zitadel.internal_permission.v2beta.InternalPermissionService */
export const administratorService = ({ run, administrators }: Deps): RpcService<typeof InternalPermissionService> => {
  const named = async (ctx: Ctx, req: { readonly userId: string; readonly resource?: ResourceType | undefined }) => {
    const on = { ...objectOf(ctx, req.resource), userId: req.userId };
    return { ...on, administratorId: await administrators.idOn(ctx, on) };
  };
  return rpcService(InternalPermissionService, {
    createAdministrator: async (req, { ctx }) => {
      const done = await run(addAdministrator, ctx, {
        ...objectOf(ctx, req.resource),
        userId: req.userId,
        roles: req.roles,
      });
      return { creationDate: toTimestamp(done.at) };
    },
    updateAdministrator: async (req, { ctx }) => {
      const done = await run(updateAdministrator, ctx, { ...(await named(ctx, req)), roles: req.roles });
      return { changeDate: toTimestamp(done.at) };
    },
    deleteAdministrator: async (req, { ctx }) => {
      const done = await run(revokeAdministrator, ctx, await named(ctx, req));
      return done.result.removed ? { deletionDate: toTimestamp(done.at) } : {};
    },
    listAdministrators: async (req, { ctx }) => {
      const page = pageOf(req.pagination);
      const { rows, total } = await administrators.list(ctx, {
        filters: req.filters.map((filter) => filterOf(filter)),
        sortBy: sortColumn<AdministratorSearch["sortBy"]>(sortNames, req.sortingColumn, "created"),
        page,
      });
      return { pagination: paginationOf(total, page), administrators: rows.map(messageOf) };
    },
  });
};

type AdministeredObject = { readonly level: AdministratorLevel; readonly objectId: string };

const objectOf = (ctx: Ctx, message: ResourceType | undefined): AdministeredObject => {
  const resource = message?.resource;
  switch (resource?.case) {
    case "instance":
      return { level: "instance", objectId: ctx.instanceId };
    case "organizationId":
      return { level: "org", objectId: resource.value };
    case "projectId":
      return { level: "project", objectId: resource.value };
    case "projectGrant":
      throw new Refusal("feature.unimplemented");
    default:
      throw new Refusal("request.invalid", { fields: [{ path: "resource", problem: "is missing" }] });
  }
};

const messageOf = (view: AdministratorView): MessageInitShape<typeof AdministratorSchema> => ({
  creationDate: toTimestamp(view.createdAt),
  changeDate: toTimestamp(view.changedAt),
  user: {
    id: view.user.userId,
    preferredLoginName: view.user.loginName,
    displayName: view.user.displayName,
    organizationId: view.user.orgId,
  },
  resource: resourceOf(view.on),
  roles: [...view.roles],
});

const resourceOf = (
  on: AdministratorView["on"],
): NonNullable<MessageInitShape<typeof AdministratorSchema>["resource"]> => {
  switch (on.level) {
    case "instance":
      return { case: "instance", value: true };
    case "org":
      return { case: "organization", value: { id: on.id, name: on.name } };
    case "project":
      return { case: "project", value: { id: on.id, name: on.name, organizationId: on.orgId } };
  }
};

const instantFilter = (is: "created" | "changed", { timestamp, method }: TimestampFilter): AdministratorFilter => {
  const compare = comparisons[method];
  if (timestamp === undefined || compare === undefined) {
    throw new Refusal("request.invalid", { fields: [{ path: "filters", problem: "name no time" }] });
  }
  return { is, at: fromTimestamp(timestamp), compare };
};

const onFilter = ({ resource }: ResourceFilter): AdministratorFilter => {
  switch (resource.case) {
    case "instance":
      return { is: "on", level: "instance", objectId: "" };
    case "organizationId":
      return { is: "on", level: "org", objectId: resource.value };
    case "projectId":
      return { is: "on", level: "project", objectId: resource.value };
    case "projectGrantId":
      return { is: "none" };
    case undefined:
      return { is: "and", of: [] };
  }
};

/** One filter of the contract; one without content says nothing, so it matches all. */
const filterOf = ({ filter }: AdministratorSearchFilter, depth = 1): AdministratorFilter => {
  if (depth > limits.filterDepth) {
    throw new Refusal("request.invalid", { fields: [{ path: "filters", problem: "are nested too deep" }] });
  }
  const nested = (queries: readonly AdministratorSearchFilter[]) => queries.map((one) => filterOf(one, depth + 1));
  switch (filter.case) {
    case "creationDate":
      return instantFilter("created", filter.value);
    case "changeDate":
      return instantFilter("changed", filter.value);
    case "inUserIdsFilter":
      return { is: "users", ids: filter.value.ids };
    case "userOrganizationId":
      return { is: "userOrg", orgId: filter.value.id };
    case "userPreferredLoginName":
      return { is: "loginName", value: filter.value.preferredLoginName, method: textMethodOf(filter.value.method) };
    case "userDisplayName":
      return { is: "displayName", value: filter.value.displayName, method: textMethodOf(filter.value.method) };
    case "resource":
      return onFilter(filter.value);
    case "role":
      return { is: "role", role: filter.value.roleKey };
    case "and":
      return { is: "and", of: nested(filter.value.queries) };
    case "or":
      return { is: "or", of: nested(filter.value.queries) };
    case "not":
      return filter.value.query ? { is: "not", of: filterOf(filter.value.query, depth + 1) } : { is: "and", of: [] };
    case undefined:
      return { is: "and", of: [] };
  }
};
