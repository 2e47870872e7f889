import type { MessageInitShape } from "@bufbuild/protobuf";
import { ProjectService } from "@zitadel/proto/zitadel/project/v2beta/project_service_pb.js";
import {
  PrivateLabelingSetting,
  ProjectFieldName,
  type ProjectSchema,
  type ProjectSearchFilter,
  ProjectState,
} from "@zitadel/proto/zitadel/project/v2beta/query_pb.js";
import type { Run } from "../../kernel/command.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { textMethodOf } from "../../platform/db/text-match.ts";
import { pageOf, paginationOf, sortColumn } from "../../platform/http/details.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import { createProject } from "./create-project.ts";
import type { ProjectFilter, ProjectReader, ProjectView } from "./project.queries.ts";

type Deps = { readonly run: Run<unknown>; readonly projects: Pick<ProjectReader, "get" | "list"> };

const labelings = {
  [PrivateLabelingSetting.UNSPECIFIED]: "unspecified",
  [PrivateLabelingSetting.ENFORCE_PROJECT_RESOURCE_OWNER_POLICY]: "enforce_project",
  [PrivateLabelingSetting.ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY]: "allow_login_user",
} as const;

const labelingOf = {
  unspecified: PrivateLabelingSetting.UNSPECIFIED,
  enforce_project: PrivateLabelingSetting.ENFORCE_PROJECT_RESOURCE_OWNER_POLICY,
  allow_login_user: PrivateLabelingSetting.ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY,
} as const;

const sortNames = {
  [ProjectFieldName.ID]: "id",
  [ProjectFieldName.CREATION_DATE]: "created",
  [ProjectFieldName.CHANGE_DATE]: "changed",
  [ProjectFieldName.NAME]: "name",
} as const;

/** zitadel.project.v2beta.ProjectService */
export const projectService = ({ run, projects }: Deps): RpcService<typeof ProjectService> =>
  rpcService(ProjectService, {
    createProject: async (req, call) => {
      const done = await run(createProject, call.ctx, {
        orgId: req.organizationId,
        projectId: req.id || undefined,
        name: req.name,
        roleAssertion: req.projectRoleAssertion,
        authorizationRequired: req.authorizationRequired,
        accessRequired: req.projectAccessRequired,
        privateLabeling: labelings[req.privateLabelingSetting],
      });
      return { id: done.id, creationDate: toTimestamp(done.at) };
    },
    getProject: async (req, call) => ({ project: messageOf(await projects.get(call.ctx, req.id)) }),
    listProjects: async (req, call) => {
      const page = pageOf(req.pagination);
      const { rows, total } = await projects.list(call.ctx, {
        filters: req.filters.flatMap(filterOf),
        sortBy: sortColumn<"id" | "created" | "changed" | "name">(sortNames, req.sortingColumn, "created"),
        page,
      });
      return { pagination: paginationOf(total, page), projects: rows.map(messageOf) };
    },
  });

const messageOf = (project: ProjectView): MessageInitShape<typeof ProjectSchema> => ({
  id: project.projectId,
  organizationId: project.orgId,
  creationDate: toTimestamp(project.createdAt),
  changeDate: toTimestamp(project.changedAt),
  name: project.name,
  state: project.state === "active" ? ProjectState.ACTIVE : ProjectState.INACTIVE,
  projectRoleAssertion: project.roleAssertion,
  authorizationRequired: project.authorizationRequired,
  projectAccessRequired: project.accessRequired,
  privateLabelingSetting: labelingOf[project.privateLabeling],
});

const filterOf = ({ filter }: ProjectSearchFilter): readonly ProjectFilter[] => {
  switch (filter.case) {
    case "projectNameFilter":
      return [{ is: "name", value: filter.value.projectName, method: textMethodOf(filter.value.method) }];
    case "inProjectIdsFilter":
      return [{ is: "ids", ids: filter.value.ids }];
    case "projectResourceOwnerFilter":
      return [{ is: "owner", orgId: filter.value.id }];
    case "projectOrganizationIdFilter":
      return [{ is: "owner", orgId: filter.value.id }];
    case "projectGrantResourceOwnerFilter":
      return [{ is: "granted_to", orgId: filter.value.id }];
    case undefined:
      return [];
  }
};
