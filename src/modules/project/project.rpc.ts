import type { MessageInitShape } from "@bufbuild/protobuf";
import { ProjectService } from "@zitadel/proto/zitadel/project/v2beta/project_service_pb.js";
import {
  PrivateLabelingSetting,
  ProjectFieldName,
  ProjectRoleFieldName,
  type ProjectRoleSearchFilter,
  type ProjectSchema,
  type ProjectSearchFilter,
  ProjectState,
} from "@zitadel/proto/zitadel/project/v2beta/query_pb.js";
import type { Run } from "../../kernel/command.ts";
import { toTimestamp } from "../../kernel/time.ts";
import { textMethodOf } from "../../platform/db/text-match.ts";
import { pageOf, paginationOf, sortColumn } from "../../platform/http/details.ts";
import { type RpcService, rpcService } from "../../platform/http/rpc.ts";
import { activateProject } from "./activate-project.ts";
import { addProjectRole } from "./add-project-role.ts";
import { createProject } from "./create-project.ts";
import { deactivateProject } from "./deactivate-project.ts";
import type { ProjectFilter, ProjectReader, ProjectView } from "./project.queries.ts";
import type { ProjectRoleFilter, ProjectRoleReader } from "./project-role.queries.ts";
import { removeProject } from "./remove-project.ts";
import { removeProjectRole } from "./remove-project-role.ts";
import { updateProject } from "./update-project.ts";
import { updateProjectRole } from "./update-project-role.ts";

type Deps = {
  readonly run: Run<unknown>;
  readonly projects: Pick<ProjectReader, "get" | "list">;
  readonly projectRoles: Pick<ProjectRoleReader, "list">;
};

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

const roleSortNames = {
  [ProjectRoleFieldName.KEY]: "key",
  [ProjectRoleFieldName.CREATION_DATE]: "created",
  [ProjectRoleFieldName.CHANGE_DATE]: "changed",
} as const;

/** zitadel.project.v2beta.ProjectService */
export const projectService = ({ run, projects, projectRoles }: Deps): RpcService<typeof ProjectService> =>
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
    updateProject: async (req, call) => {
      const done = await run(updateProject, call.ctx, {
        projectId: req.id,
        name: req.name,
        roleAssertion: req.projectRoleAssertion,
        authorizationRequired: req.projectRoleCheck,
        accessRequired: req.hasProjectCheck,
        privateLabeling: req.privateLabelingSetting === undefined ? undefined : labelings[req.privateLabelingSetting],
      });
      return { changeDate: toTimestamp(done.at) };
    },
    deactivateProject: async (req, call) => ({
      changeDate: toTimestamp((await run(deactivateProject, call.ctx, { projectId: req.id })).at),
    }),
    activateProject: async (req, call) => ({
      changeDate: toTimestamp((await run(activateProject, call.ctx, { projectId: req.id })).at),
    }),
    deleteProject: async (req, call) => {
      const { result, at } = await run(removeProject, call.ctx, { projectId: req.id });
      return result.removed ? { deletionDate: toTimestamp(at) } : {};
    },
    addProjectRole: async (req, call) => {
      const done = await run(addProjectRole, call.ctx, {
        projectId: req.projectId,
        key: req.roleKey,
        displayName: req.displayName,
        group: req.group,
      });
      return { creationDate: toTimestamp(done.at) };
    },
    updateProjectRole: async (req, call) => {
      const done = await run(updateProjectRole, call.ctx, {
        projectId: req.projectId,
        key: req.roleKey,
        displayName: req.displayName,
        group: req.group,
      });
      return { changeDate: toTimestamp(done.at) };
    },
    removeProjectRole: async (req, call) => {
      const { result, at } = await run(removeProjectRole, call.ctx, { projectId: req.projectId, key: req.roleKey });
      return result.removed ? { removalDate: toTimestamp(at) } : {};
    },
    listProjectRoles: async (req, call) => {
      const page = pageOf(req.pagination);
      const { rows, total } = await projectRoles.list(call.ctx, {
        projectId: req.projectId,
        filters: req.filters.flatMap(roleFilterOf),
        sortBy: sortColumn<"key" | "created" | "changed">(roleSortNames, req.sortingColumn, "created"),
        page,
      });
      return {
        pagination: paginationOf(total, page),
        projectRoles: rows.map(({ createdAt, changedAt, ...role }) => ({
          ...role,
          creationDate: toTimestamp(createdAt),
          changeDate: toTimestamp(changedAt),
        })),
      };
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

const roleFilterOf = ({ filter }: ProjectRoleSearchFilter): readonly ProjectRoleFilter[] => {
  switch (filter.case) {
    case "roleKeyFilter":
      return [{ is: "key", value: filter.value.key, method: textMethodOf(filter.value.method) }];
    case "displayNameFilter":
      return [{ is: "displayName", value: filter.value.displayName, method: textMethodOf(filter.value.method) }];
    case undefined:
      return [];
  }
};
