import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { TextFilterMethod } from "@zitadel/proto/zitadel/filter/v2beta/filter_pb.js";
import {
  ActivateProjectRequestSchema,
  AddProjectRoleRequestSchema,
  DeactivateProjectRequestSchema,
  DeleteProjectRequestSchema,
  GetProjectRequestSchema,
  ListProjectRolesRequestSchema,
  type ListProjectRolesResponse,
  type ProjectService,
  RemoveProjectRoleRequestSchema,
  UpdateProjectRequestSchema,
  UpdateProjectRoleRequestSchema,
} from "@zitadel/proto/zitadel/project/v2beta/project_service_pb.js";
import {
  PrivateLabelingSetting,
  ProjectRoleFieldName,
  type ProjectRoleSearchFilterSchema,
  ProjectState,
} from "@zitadel/proto/zitadel/project/v2beta/query_pb.js";
import { beforeAll, expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { projectId } from "../../kernel/ids.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { addOrganization } from "../org/add-organization.ts";
import { removeOrganization } from "../org/remove-organization.ts";
import { createProject } from "./create-project.ts";
import { projectReader } from "./project.queries.ts";
import { projectService } from "./project.rpc.ts";
import { projectRoleReader } from "./project-role.queries.ts";

type Filter = MessageInitShape<typeof ProjectRoleSearchFilterSchema>;

describeOnBothDatabases("changes of projects and their roles", (open) => {
  let house: Awaited<ReturnType<typeof openDirectory>>;
  let methods: RpcMethods<typeof ProjectService>;
  const root = instanceOwner();
  const beta = orgOwner("beta");
  const shopOwner = {
    ...plainUser("eve", "gamma"),
    memberships: [{ level: "project", projectId: projectId.parse("shop"), roles: ["PROJECT_OWNER"] }],
  } as Actor;
  const callAs = (actor: Actor): Call => ({
    ctx: house.as(actor),
    orgHeader: null,
    publicUrl: "https://id.example.com",
    acceptLanguage: "",
  });
  const get = async (id = "shop") =>
    (await methods.getProject?.(create(GetProjectRequestSchema, { id }), callAs(root)))?.project;
  const addRole = (roleKey: string, displayName: string, group?: string) =>
    methods.addProjectRole?.(
      create(AddProjectRoleRequestSchema, {
        projectId: "shop",
        roleKey,
        displayName,
        ...(group === undefined ? {} : { group }),
      }),
      callAs(shopOwner),
    );
  const removeRole = (roleKey: string) =>
    methods.removeProjectRole?.(
      create(RemoveProjectRoleRequestSchema, { projectId: "shop", roleKey }),
      callAs(shopOwner),
    );
  type Asked = { readonly by?: ProjectRoleFieldName; readonly asc?: boolean; readonly limit?: number };
  const roles = async (actor: Actor, { by, asc = true, limit = 0 }: Asked = {}, ...filters: Filter[]) => {
    const request = create(ListProjectRolesRequestSchema, {
      projectId: "shop",
      filters,
      pagination: { asc, limit },
      sortingColumn: by ?? ProjectRoleFieldName.KEY,
    });
    // The service answers the fields of this message.
    const answer = (await methods.listProjectRoles?.(request, callAs(actor))) as ListProjectRolesResponse;
    return [answer.projectRoles.map(({ key }) => key), Number(answer.pagination?.totalResult)];
  };

  beforeAll(async () => {
    house = await openDirectory(open);
    const { run, db } = house;
    const service = projectService({ run, projects: projectReader({ db }), projectRoles: projectRoleReader({ db }) });
    // The map holds the methods that the service declared under these names.
    methods = Object.fromEntries(service.methods) as unknown as typeof methods;
    for (const name of ["beta", "gamma"]) await run(addOrganization, house.as(root), { orgId: name, name });
    await run(createProject, house.as(root), { orgId: "beta", projectId: "shop", name: "Shop" });
    await addRole("reader", "Reads", "staff");
    await addRole("writer", "Writes");
    await addRole("admin", "Does all");
  });

  test("what is named changes, the rest stays", async () => {
    const update = (more: MessageInitShape<typeof UpdateProjectRequestSchema>) =>
      methods.updateProject?.(create(UpdateProjectRequestSchema, { id: "shop", ...more }), callAs(beta));
    await update({
      projectRoleCheck: true,
      privateLabelingSetting: PrivateLabelingSetting.ENFORCE_PROJECT_RESOURCE_OWNER_POLICY,
    });
    await update({ name: "Store", hasProjectCheck: true, projectRoleAssertion: true });
    await update({ projectRoleAssertion: false });
    expect(await get()).toMatchObject({
      name: "Store",
      projectRoleAssertion: false,
      authorizationRequired: true,
      projectAccessRequired: true,
      privateLabelingSetting: PrivateLabelingSetting.ENFORCE_PROJECT_RESOURCE_OWNER_POLICY,
    });
  });

  test("a project is deactivated and activated", async () => {
    const id = "shop";
    await methods.deactivateProject?.(create(DeactivateProjectRequestSchema, { id }), callAs(beta));
    await methods.deactivateProject?.(create(DeactivateProjectRequestSchema, { id }), callAs(beta));
    expect((await get())?.state).toBe(ProjectState.INACTIVE);
    await methods.activateProject?.(create(ActivateProjectRequestSchema, { id }), callAs(beta));
    expect((await get())?.state).toBe(ProjectState.ACTIVE);
  });

  test("roles are found by every kind of filter, in every order, by pages, by who may read them", async () => {
    const { CREATION_DATE, CHANGE_DATE } = ProjectRoleFieldName;
    expect(await roles(beta)).toEqual([["admin", "reader", "writer"], 3]);
    expect(await roles(shopOwner, { asc: false, limit: 2 })).toEqual([["writer", "reader"], 3]);
    expect(await roles(root, { by: CREATION_DATE })).toEqual([["reader", "writer", "admin"], 3]);
    const changed = create(UpdateProjectRoleRequestSchema, {
      projectId: "shop",
      roleKey: "reader",
      displayName: "May read",
    });
    await methods.updateProjectRole?.(changed, callAs(shopOwner));
    expect(await roles(root, { by: CHANGE_DATE, asc: false, limit: 1 })).toEqual([["reader"], 3]);
    const key = { key: "RE", method: TextFilterMethod.STARTS_WITH_IGNORE_CASE };
    expect(await roles(beta, {}, { filter: { case: "roleKeyFilter", value: key } })).toEqual([["reader"], 1]);
    const displayName = { displayName: "may", method: TextFilterMethod.CONTAINS_IGNORE_CASE };
    expect(await roles(beta, {}, { filter: { case: "displayNameFilter", value: displayName } })).toEqual([
      ["reader"],
      1,
    ]);
    expect(await roles(orgOwner("gamma"))).toEqual([[], 0]);
    await expect(roles(plainUser("bob", "beta"))).rejects.toMatchObject({ code: "auth.denied" });
    await expect(roles(anonymous)).rejects.toMatchObject({ code: "auth.missing" });
  });

  test("a role that comes back is another one", async () => {
    const created = async () => {
      const found = await projectRoleReader({ db: house.db }).list(house.as(root), {
        projectId: "shop",
        filters: [{ is: "key", value: "guest", method: "equals" }],
        sortBy: "key",
        page: { offset: 0, limit: 1, asc: true },
      });
      return found.rows[0]?.createdAt ?? 0;
    };
    await addRole("guest", "Guest");
    const first = await created();
    await expect(addRole("guest", "Guest")).rejects.toMatchObject({ code: "project.role_taken" });
    expect(await removeRole("guest")).toHaveProperty("removalDate");
    expect(await removeRole("guest")).toEqual({});
    await addRole("guest", "Guest");
    expect(await created()).toBeGreaterThan(first);
    await removeRole("guest");
  });

  test("with a project its roles are gone, and its name is free; its id never is", async () => {
    const remove = () => methods.deleteProject?.(create(DeleteProjectRequestSchema, { id: "shop" }), callAs(beta));
    expect(await remove()).toHaveProperty("deletionDate");
    expect(await remove()).toEqual({});
    await expect(get()).rejects.toMatchObject({ code: "project.not_found" });
    expect(await roles(root)).toEqual([[], 0]);
    const again = { orgId: "beta", name: "Store" };
    await house.run(createProject, house.as(beta), { ...again, projectId: "store" });
    await expect(house.run(createProject, house.as(beta), { ...again, projectId: "shop" })).rejects.toMatchObject({
      code: "request.id_taken",
    });
  });

  test("with an organization its projects are gone", async () => {
    await house.run(createProject, house.as(root), { orgId: "gamma", projectId: "lab", name: "Lab" });
    await house.run(removeOrganization, house.as(root), { orgId: "gamma" });
    await expect(get("lab")).rejects.toMatchObject({ code: "project.not_found" });
  });
});
