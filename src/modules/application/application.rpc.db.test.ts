import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ApplicationSearchFilterSchema, AppSorting, AppState } from "@zitadel/proto/zitadel/app/v2beta/app_pb.js";
import {
  type AppService,
  CreateApplicationRequestSchema,
  GetApplicationRequestSchema,
  ListApplicationsRequestSchema,
  type ListApplicationsResponse,
} from "@zitadel/proto/zitadel/app/v2beta/app_service_pb.js";
import {
  OIDCAppType,
  OIDCAuthMethodType,
  OIDCGrantType,
  OIDCTokenType,
} from "@zitadel/proto/zitadel/app/v2beta/oidc_pb.js";
import { TextFilterMethod } from "@zitadel/proto/zitadel/filter/v2/filter_pb.js";
import { TextFilterMethod as BetaTextFilterMethod } from "@zitadel/proto/zitadel/filter/v2beta/filter_pb.js";
import {
  CreateProjectRequestSchema,
  GetProjectRequestSchema,
  ListProjectsRequestSchema,
  type ListProjectsResponse,
  type ProjectService,
} from "@zitadel/proto/zitadel/project/v2beta/project_service_pb.js";
import {
  PrivateLabelingSetting,
  ProjectFieldName,
  type ProjectSearchFilterSchema,
  ProjectState,
} from "@zitadel/proto/zitadel/project/v2beta/query_pb.js";
import { beforeAll, expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases, testInstance } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { clientId, projectId } from "../../kernel/ids.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { addOrganization } from "../org/add-organization.ts";
import { deactivateOrganization } from "../org/deactivate-organization.ts";
import { reactivateOrganization } from "../org/reactivate-organization.ts";
import { projectReader } from "../project/project.queries.ts";
import { projectService } from "../project/project.rpc.ts";
import { projectRoleReader } from "../project/project-role.queries.ts";
import { applicationReader } from "./application.queries.ts";
import { applicationService } from "./application.rpc.ts";
import { applicationKeyReader } from "./application-key.queries.ts";
import { clientReader } from "./client.queries.ts";

describeOnBothDatabases("zitadel.project.v2beta and zitadel.app.v2beta", (open) => {
  let house: Awaited<ReturnType<typeof openDirectory>>;
  let projects: Required<RpcMethods<typeof ProjectService>>;
  let apps: Required<RpcMethods<typeof AppService>>;
  const root = instanceOwner();
  const beta = orgOwner("beta");
  const gamma = orgOwner("gamma");
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
  const addProject = (actor: Actor, organizationId: string, id: string, name: string) =>
    projects.createProject(
      create(CreateProjectRequestSchema, {
        organizationId,
        id,
        name,
        projectRoleAssertion: true,
        privateLabelingSetting: PrivateLabelingSetting.ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY,
      }),
      callAs(actor),
    );
  const addApp = (actor: Actor, init: MessageInitShape<typeof CreateApplicationRequestSchema>) =>
    apps.createApplication(create(CreateApplicationRequestSchema, init), callAs(actor));

  beforeAll(async () => {
    house = await openDirectory(open);
    const { run, db } = house;
    // The maps hold exactly the methods that the services declared under these names.
    projects = Object.fromEntries(
      projectService({ run, projects: projectReader({ db }), projectRoles: projectRoleReader({ db }) }).methods,
    ) as unknown as typeof projects;
    apps = Object.fromEntries(
      applicationService({
        run,
        applications: applicationReader({ db }),
        applicationKeys: applicationKeyReader({ db }),
      }).methods,
    ) as unknown as typeof apps;
    for (const name of ["beta", "gamma"]) await run(addOrganization, house.as(root), { orgId: name, name });
    await addProject(beta, "beta", "shop", "Shop");
    await addProject(beta, "beta", "office", "Back office");
    await addProject(gamma, "gamma", "lab", "Lab");
    await addApp(beta, {
      projectId: "shop",
      id: "web",
      name: "Web",
      creationRequestType: {
        case: "oidcRequest",
        value: {
          redirectUris: ["https://shop.example/cb"],
          postLogoutRedirectUris: ["https://shop.example/"],
          grantTypes: [OIDCGrantType.OIDC_GRANT_TYPE_AUTHORIZATION_CODE, OIDCGrantType.OIDC_GRANT_TYPE_REFRESH_TOKEN],
          appType: OIDCAppType.OIDC_APP_TYPE_WEB,
          authMethodType: OIDCAuthMethodType.OIDC_AUTH_METHOD_TYPE_POST,
          accessTokenType: OIDCTokenType.OIDC_TOKEN_TYPE_JWT,
          clockSkew: { seconds: 1n, nanos: 500_000_000 },
          additionalOrigins: ["https://cdn.example"],
          loginVersion: { version: { case: "loginV2", value: { baseUri: "https://login.example" } } },
        },
      },
    });
    await addApp(shopOwner, {
      projectId: "shop",
      id: "api",
      name: "Api",
      creationRequestType: { case: "apiRequest", value: {} },
    });
  });

  const listProjects = async (actor: Actor, ...filters: MessageInitShape<typeof ProjectSearchFilterSchema>[]) => {
    const request = create(ListProjectsRequestSchema, {
      filters,
      sortingColumn: ProjectFieldName.NAME,
      pagination: { asc: true },
    });
    // The service answers the fields of this message.
    const answer = (await projects.listProjects(request, callAs(actor))) as ListProjectsResponse;
    return [answer.projects.map((one) => one.name), Number(answer.pagination?.totalResult)];
  };

  test("a project is read back whole", async () => {
    const answer = await projects.getProject(create(GetProjectRequestSchema, { id: "shop" }), callAs(beta));
    expect(answer.project).toMatchObject({
      id: "shop",
      organizationId: "beta",
      name: "Shop",
      state: ProjectState.ACTIVE,
      projectRoleAssertion: true,
      authorizationRequired: false,
      privateLabelingSetting: PrivateLabelingSetting.ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY,
    });
  });

  test("projects are found by every kind of filter", async () => {
    const named = { projectName: "OFFICE", method: BetaTextFilterMethod.CONTAINS_IGNORE_CASE };
    expect(await listProjects(root, { filter: { case: "projectNameFilter", value: named } })).toEqual([
      ["Back office"],
      1,
    ]);
    expect(
      await listProjects(root, { filter: { case: "inProjectIdsFilter", value: { ids: ["lab", "shop"] } } }),
    ).toEqual([["Lab", "Shop"], 2]);
    const inGamma = { id: "gamma" };
    expect(await listProjects(root, { filter: { case: "projectResourceOwnerFilter", value: inGamma } })).toEqual([
      ["Lab"],
      1,
    ]);
    expect(await listProjects(root, { filter: { case: "projectOrganizationIdFilter", value: inGamma } })).toEqual([
      ["Lab"],
      1,
    ]);
    expect(await listProjects(root, { filter: { case: "projectGrantResourceOwnerFilter", value: inGamma } })).toEqual([
      [],
      0,
    ]);
  });

  test("callers see the projects they may read, and do not learn of others", async () => {
    expect(await listProjects(root)).toEqual([["Back office", "Lab", "Shop", "ZITADEL"], 4]);
    expect(await listProjects(beta)).toEqual([["Back office", "Shop"], 2]);
    expect(await listProjects(shopOwner)).toEqual([["Shop"], 1]);
    await expect(listProjects(plainUser("bob", "beta"))).rejects.toMatchObject({ code: "auth.denied" });
    await expect(listProjects(anonymous)).rejects.toMatchObject({ code: "auth.missing" });
    const get = (id: string) => projects.getProject(create(GetProjectRequestSchema, { id }), callAs(gamma));
    await expect(get("shop")).rejects.toMatchObject({ code: "project.not_found" });
    await expect(get("nothing")).rejects.toMatchObject({ code: "project.not_found" });
  });

  test("names are unique per owner", async () => {
    await expect(addProject(beta, "beta", "shop-2", "SHOP")).rejects.toMatchObject({ code: "project.name_taken" });
    await expect(addProject(gamma, "gamma", "shop", "Other")).rejects.toMatchObject({ code: "request.id_taken" });
    await expect(
      addApp(beta, { projectId: "shop", name: "web", creationRequestType: { case: "apiRequest", value: {} } }),
    ).rejects.toMatchObject({ code: "application.name_taken" });
  });

  test("an OIDC application is read back whole, without its secret", async () => {
    const answer = await apps.getApplication(create(GetApplicationRequestSchema, { id: "web" }), callAs(beta));
    expect(answer.app).toMatchObject({
      id: "web",
      name: "Web",
      state: AppState.ACTIVE,
      config: {
        case: "oidcConfig",
        value: {
          redirectUris: ["https://shop.example/cb"],
          responseTypes: [1],
          grantTypes: [0, 2],
          authMethodType: OIDCAuthMethodType.OIDC_AUTH_METHOD_TYPE_POST,
          accessTokenType: OIDCTokenType.OIDC_TOKEN_TYPE_JWT,
          clockSkew: { seconds: 1n, nanos: 500_000_000 },
          noneCompliant: false,
          allowedOrigins: ["https://shop.example", "https://cdn.example"],
          loginVersion: { version: { case: "loginV2", value: { baseUri: "https://login.example" } } },
        },
      },
    });
    expect(JSON.stringify(answer, (_key, value) => (typeof value === "bigint" ? Number(value) : value))).not.toContain(
      "secret",
    );
  });

  const listApps = async (actor: Actor, ...filters: MessageInitShape<typeof ApplicationSearchFilterSchema>[]) => {
    const request = create(ListApplicationsRequestSchema, {
      projectId: "shop",
      filters,
      sortingColumn: AppSorting.APP_SORT_BY_NAME,
      pagination: { asc: true },
    });
    // The service answers the fields of this message.
    const answer = (await apps.listApplications(request, callAs(actor))) as ListApplicationsResponse;
    return [answer.applications.map((one) => one.id), Number(answer.pagination?.totalResult)];
  };

  test("applications are found by every kind of filter, by who may read them", async () => {
    expect(await listApps(beta)).toEqual([["api", "web"], 2]);
    expect(await listApps(shopOwner)).toEqual([["api", "web"], 2]);
    expect(await listApps(gamma)).toEqual([[], 0]);
    expect(await listApps(plainUser("bob", "beta"))).toEqual([[], 0]);
    await expect(listApps(anonymous)).rejects.toMatchObject({ code: "auth.missing" });
    const named = { name: "WE", method: TextFilterMethod.STARTS_WITH_IGNORE_CASE };
    expect(await listApps(beta, { filter: { case: "nameFilter", value: named } })).toEqual([["web"], 1]);
    expect(await listApps(beta, { filter: { case: "stateFilter", value: AppState.INACTIVE } })).toEqual([[], 0]);
    expect(await listApps(beta, { filter: { case: "oidcAppOnly", value: true } })).toEqual([["web"], 1]);
    expect(await listApps(beta, { filter: { case: "apiAppOnly", value: true } })).toEqual([["api"], 1]);
    expect(await listApps(beta, { filter: { case: "samlAppOnly", value: true } })).toEqual([[], 0]);
    const get = (id: string) => apps.getApplication(create(GetApplicationRequestSchema, { id }), callAs(gamma));
    await expect(get("web")).rejects.toMatchObject({ code: "application.not_found" });
    await expect(get("nothing")).rejects.toMatchObject({ code: "application.not_found" });
  });

  test("a client is active only while its organization is", async () => {
    const { db, run } = house;
    const row = await db
      .selectFrom("applications")
      .where("instance_id", "=", testInstance)
      .select("client_id")
      .where("application_id", "=", "web")
      .executeTakeFirst();
    const id = clientId.parse(row?.client_id);
    const find = () => clientReader({ db }).find(house.as(root).instanceId, id);
    expect(await find()).toMatchObject({ applicationId: "web", orgId: "beta", isActive: true, authMethod: "post" });
    await run(deactivateOrganization, house.as(root), { orgId: "beta" });
    expect((await find())?.isActive).toBe(false);
    await run(reactivateOrganization, house.as(root), { orgId: "beta" });
    expect((await find())?.isActive).toBe(true);
  });

  test("refuses what is not built yet", async () => {
    const saml = { projectId: "shop", name: "S", creationRequestType: { case: "samlRequest", value: {} } } as const;
    await expect(addApp(beta, saml)).rejects.toMatchObject({ code: "feature.unimplemented" });
  });
});
