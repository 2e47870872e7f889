import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  AuthorizationFieldName,
  type AuthorizationSchema,
  type AuthorizationsSearchFilter,
  State,
} from "@zitadel/proto/zitadel/authorization/v2beta/authorization_pb.js";
import { AuthorizationService } from "@zitadel/proto/zitadel/authorization/v2beta/authorization_service_pb.js";
import type { Run } from "../../kernel/command.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { textMethodOf } from "../../platform/db/text-match.ts";
import { pageOf, paginationOf, sortColumn } from "../../platform/http/details.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import type {
  AuthorizationFilter,
  AuthorizationReader,
  AuthorizationSearch,
  AuthorizationView,
} from "./authorization.queries.ts";
import { type AuthorizationSources, createAuthorization } from "./create-authorization.ts";
import { removeAuthorization } from "./remove-authorization.ts";
import { activateAuthorization, deactivateAuthorization } from "./switch-authorization.ts";
import { updateAuthorization } from "./update-authorization.ts";

type Deps = {
  readonly run: Run<AuthorizationSources>;
  readonly authorizations: Pick<AuthorizationReader, "list">;
};

const sortNames = {
  [AuthorizationFieldName.CREATED_DATE]: "created",
  [AuthorizationFieldName.CHANGED_DATE]: "changed",
  [AuthorizationFieldName.ID]: "id",
  [AuthorizationFieldName.USER_ID]: "user",
  [AuthorizationFieldName.PROJECT_ID]: "project",
  [AuthorizationFieldName.ORGANIZATION_ID]: "org",
  [AuthorizationFieldName.USER_ORGANIZATION_ID]: "userOrg",
} as const;

const stateNames: { readonly [value: number]: "active" | "inactive" } = {
  [State.ACTIVE]: "active",
  [State.INACTIVE]: "inactive",
};

/** zitadel.authorization.v2beta.AuthorizationService */
export const authorizationService = ({ run, authorizations }: Deps): RpcService<typeof AuthorizationService> =>
  rpcService(AuthorizationService, {
    createAuthorization: async (req, call) => {
      const done = await run(createAuthorization, call.ctx, {
        userId: req.userId,
        projectId: req.projectId,
        orgId: req.organizationId || undefined,
        roleKeys: req.roleKeys,
      });
      return { id: done.id, creationDate: toTimestamp(done.at) };
    },
    updateAuthorization: async (req, call) => {
      const done = await run(updateAuthorization, call.ctx, { authorizationId: req.id, roleKeys: req.roleKeys });
      return { changeDate: toTimestamp(done.at) };
    },
    activateAuthorization: async (req, call) => {
      const done = await run(activateAuthorization, call.ctx, { authorizationId: req.id });
      return { changeDate: toTimestamp(done.at) };
    },
    deactivateAuthorization: async (req, call) => {
      const done = await run(deactivateAuthorization, call.ctx, { authorizationId: req.id });
      return { changeDate: toTimestamp(done.at) };
    },
    deleteAuthorization: async (req, call) => {
      const done = await run(removeAuthorization, call.ctx, { authorizationId: req.id });
      return done.result.removed ? { deletionDate: toTimestamp(done.at) } : {};
    },
    listAuthorizations: async (req, call) => {
      const page = pageOf(req.pagination);
      const { rows, total } = await authorizations.list(call.ctx, {
        filters: req.filters.flatMap(filterOf),
        sortBy: sortColumn<AuthorizationSearch["sortBy"]>(sortNames, req.sortingColumn, "created"),
        page,
      });
      return { pagination: paginationOf(total, page), authorizations: rows.map(messageOf) };
    },
  });

const messageOf = (view: AuthorizationView): MessageInitShape<typeof AuthorizationSchema> => ({
  id: view.authorizationId,
  projectId: view.project.projectId,
  projectName: view.project.name,
  projectOrganizationId: view.project.orgId,
  organizationId: view.orgId,
  creationDate: toTimestamp(view.createdAt),
  changeDate: toTimestamp(view.changedAt),
  state: view.state === "active" ? State.ACTIVE : State.INACTIVE,
  user: {
    id: view.user.userId,
    preferredLoginName: view.user.loginName,
    displayName: view.user.displayName,
    organizationId: view.user.orgId,
  },
  roles: [...view.roles],
});

const filterOf = ({ filter }: AuthorizationsSearchFilter): readonly AuthorizationFilter[] => {
  switch (filter.case) {
    case "authorizationIds":
      return [{ is: "ids", ids: filter.value.ids }];
    case "organizationId":
      return [{ is: "org", id: filter.value.id }];
    case "state":
      return [{ is: "state", state: stateNames[filter.value.state] ?? null }];
    case "userId":
      return [{ is: "user", id: filter.value.id }];
    case "userOrganizationId":
      return [{ is: "userOrg", id: filter.value.id }];
    case "userPreferredLoginName":
      return [{ is: "loginName", value: filter.value.loginName, method: textMethodOf(filter.value.method) }];
    case "userDisplayName":
      return [{ is: "displayName", value: filter.value.displayName, method: textMethodOf(filter.value.method) }];
    case "projectId":
      return [{ is: "project", id: filter.value.id }];
    case "projectName":
      return [{ is: "projectName", value: filter.value.name, method: textMethodOf(filter.value.method) }];
    case "roleKey":
      return [{ is: "role", value: filter.value.key, method: textMethodOf(filter.value.method) }];
    case "projectGrantId":
      return [{ is: "none" }];
    case undefined:
      return [];
  }
};
