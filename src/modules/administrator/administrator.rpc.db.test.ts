import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { TextFilterMethod, TimestampFilterMethod } from "@zitadel/proto/zitadel/filter/v2beta/filter_pb.js";
import {
  CreateAdministratorRequestSchema,
  DeleteAdministratorRequestSchema,
  type InternalPermissionService,
  ListAdministratorsRequestSchema,
  type ListAdministratorsResponse,
  type ResourceTypeSchema,
  UpdateAdministratorRequestSchema,
} from "@zitadel/proto/zitadel/internal_permission/v2beta/internal_permission_service_pb.js";
import {
  AdministratorFieldName,
  type AdministratorSearchFilterSchema,
} from "@zitadel/proto/zitadel/internal_permission/v2beta/query_pb.js";
import { beforeAll, expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { projectId, userId } from "../../kernel/ids.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { addOrganization } from "../org/add-organization.ts";
import { createProject } from "../project/create-project.ts";
import { removeProject } from "../project/remove-project.ts";
import { addMachineUser } from "../user/add-machine-user.ts";
import { administratorReader } from "./administrator.queries.ts";
import { administratorService } from "./administrator.rpc.ts";
import { administratorSearchReader } from "./administrator-search.queries.ts";

type Resource = NonNullable<MessageInitShape<typeof ResourceTypeSchema>["resource"]>;
type Filter = MessageInitShape<typeof AdministratorSearchFilterSchema>;

const onInstance: Resource = { case: "instance", value: true };
const onOrg = (value: string): Resource => ({ case: "organizationId", value });
const onProject = (value: string): Resource => ({ case: "projectId", value });

describeOnBothDatabases("zitadel.internal_permission.v2beta", (open) => {
  let house: Awaited<ReturnType<typeof openDirectory>>;
  let rpc: Required<RpcMethods<typeof InternalPermissionService>>;
  const root = instanceOwner();
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
  const give = (actor: Actor, user: string, resource: Resource, ...roles: string[]) =>
    rpc.createAdministrator(
      create(CreateAdministratorRequestSchema, { userId: user, resource: { resource }, roles }),
      callAs(actor),
    );
  const change = (actor: Actor, user: string, resource: Resource, ...roles: string[]) =>
    rpc.updateAdministrator(
      create(UpdateAdministratorRequestSchema, { userId: user, resource: { resource }, roles }),
      callAs(actor),
    );
  const take = (actor: Actor, user: string, resource: Resource) =>
    rpc.deleteAdministrator(
      create(DeleteAdministratorRequestSchema, { userId: user, resource: { resource } }),
      callAs(actor),
    );
  const list = async (
    actor: Actor,
    init: Omit<MessageInitShape<typeof ListAdministratorsRequestSchema>, "$typeName"> = {},
  ) =>
    (await rpc.listAdministrators(
      create(ListAdministratorsRequestSchema, init),
      callAs(actor),
    )) as ListAdministratorsResponse;
  const seen = async (actor: Actor, ...filters: Filter[]) => {
    const { administrators, pagination } = await list(actor, { filters });
    expect(Number(pagination?.totalResult ?? 0)).toBe(administrators.length);
    return administrators
      .map(({ user, resource }) =>
        resource.case === "instance" ? `${user?.id} instance` : `${user?.id} ${Object(resource.value).id}`,
      )
      .sort();
  };
  const membershipsOf = (user: string) =>
    administratorReader({ db: house.db }).membershipsOf(house.as(root), userId.parse(user));

  beforeAll(async () => {
    house = await openDirectory(open);
    const { run, db } = house;
    rpc = Object.fromEntries(
      // The map holds exactly the methods that the service declared under these names.
      administratorService({ run, administrators: administratorSearchReader({ db }) }).methods,
    ) as unknown as typeof rpc;
    for (const name of ["beta", "gamma"]) await run(addOrganization, house.as(root), { orgId: name, name });
    for (const [org, project] of [
      ["beta", "shop"],
      ["beta", "bank"],
    ] as const) {
      await run(createProject, house.as(root), { orgId: org, projectId: project, name: project });
    }
    for (const [org, user] of [
      ["beta", "bob"],
      ["gamma", "gil"],
      ["gamma", "eve"],
    ] as const) {
      await run(addMachineUser, house.as(root), { orgId: org, userId: user, userName: user, name: `Machine ${user}` });
    }
    await give(root, "bob", onInstance, "IAM_OWNER_VIEWER");
    await give(orgOwner("beta"), "bob", onOrg("beta"), "ORG_OWNER", "ORG_USER_MANAGER");
    await give(orgOwner("gamma"), "gil", onOrg("gamma"), "ORG_OWNER_VIEWER");
    await give(shopOwner, "gil", onProject("shop"), "PROJECT_OWNER");
  });

  test("roles are given on each level, and hold at once", async () => {
    expect(await membershipsOf("bob")).toEqual([
      { level: "instance", roles: ["IAM_OWNER_VIEWER"] },
      { level: "org", orgId: "beta", roles: ["ORG_OWNER", "ORG_USER_MANAGER"] },
    ]);
    await expect(give(root, "bob", onInstance, "IAM_OWNER")).rejects.toMatchObject({ code: "administrator.exists" });
    await give(root, "eve", onOrg("beta"), "ORG_OWNER");
    await change(root, "eve", onOrg("beta"), "ORG_OWNER_VIEWER");
    expect(await membershipsOf("eve")).toEqual([{ level: "org", orgId: "beta", roles: ["ORG_OWNER_VIEWER"] }]);
    expect((await take(root, "eve", onOrg("beta"))).deletionDate).toBeDefined();
    expect((await take(root, "eve", onOrg("beta"))).deletionDate).toBeUndefined();
    expect(await membershipsOf("eve")).toEqual([]);
    await give(root, "eve", onOrg("beta"), "ORG_OWNER");
    await take(root, "eve", onOrg("beta"));
  });

  test("403: nobody gives roles where it may not, also not to itself; roles belong to their level", async () => {
    for (const [actor, resource, role] of [
      [orgOwner("beta"), onInstance, "IAM_OWNER"],
      [orgOwner("beta"), onOrg("gamma"), "ORG_OWNER"],
      [shopOwner, onOrg("beta"), "ORG_OWNER"],
      [shopOwner, onProject("bank"), "PROJECT_OWNER"],
      [plainUser("eve", "gamma"), onOrg("gamma"), "ORG_OWNER"],
    ] as const) {
      await expect(give(actor, "eve", resource, role)).rejects.toMatchObject({ code: "auth.denied" });
    }
    for (const [resource, role] of [
      [onInstance, "ORG_OWNER"],
      [onOrg("beta"), "IAM_OWNER"],
      [onProject("shop"), "PROJECT_GRANT_OWNER"],
    ] as const) {
      await expect(give(root, "eve", resource, role)).rejects.toMatchObject({ code: "administrator.role_invalid" });
    }
    await expect(give(root, "eve", onOrg("beta"), "KING")).rejects.toMatchObject({ code: "request.invalid" });
  });

  test("on project grants nobody administers yet, and it is said", async () => {
    const grant: Resource = { case: "projectGrant", value: { projectId: "shop", projectGrantId: "g" } };
    await expect(give(root, "eve", grant, "PROJECT_GRANT_OWNER")).rejects.toMatchObject({
      code: "feature.unimplemented",
    });
    await expect(take(root, "eve", grant)).rejects.toMatchObject({ code: "feature.unimplemented" });
  });

  test("callers see the administrators of what they may read, and themselves", async () => {
    const machine = (await seen(root)).filter((one) => one.endsWith("instance") && one !== "bob instance");
    expect(machine).toHaveLength(2);
    expect(await seen(root)).toEqual([...machine, "bob beta", "bob instance", "gil gamma", "gil shop"].sort());
    expect(await seen(orgOwner("beta"))).toEqual(["bob beta", "gil shop"]);
    expect(await seen(orgOwner("gamma"))).toEqual(["gil gamma"]);
    expect(await seen(shopOwner)).toEqual(["gil shop"]);
    expect(await seen(plainUser("gil", "gamma"))).toEqual(["gil gamma", "gil shop"]);
    expect(await seen(plainUser("nobody"))).toEqual([]);
    await expect(list(anonymous)).rejects.toMatchObject({ code: "auth.missing" });
  });

  test("every filter finds what it names; filters are joined and turned round", async () => {
    const role = (roleKey: string): Filter => ({ filter: { case: "role", value: { roleKey } } });
    const users = (...ids: string[]): Filter => ({ filter: { case: "inUserIdsFilter", value: { ids } } });
    const on = (resource: Resource): Filter => ({
      filter: { case: "resource", value: { resource: resource as never } },
    });
    const { EQUALS, CONTAINS_IGNORE_CASE } = TextFilterMethod;
    expect(await seen(root, users("bob"))).toEqual(["bob beta", "bob instance"]);
    expect(await seen(root, users())).toEqual([]);
    expect(await seen(root, role("ORG_OWNER"))).toEqual(["bob beta"]);
    expect(await seen(root, role('"%'))).toEqual([]);
    expect(await seen(root, on(onOrg("gamma")))).toEqual(["gil gamma"]);
    expect(await seen(root, on(onProject("shop")))).toEqual(["gil shop"]);
    expect(await seen(root, on(onInstance), users("bob"))).toEqual(["bob instance"]);
    expect(await seen(root, { filter: { case: "userOrganizationId", value: { id: "gamma" } } })).toEqual([
      "gil gamma",
      "gil shop",
    ]);
    expect(
      await seen(root, {
        filter: { case: "userPreferredLoginName", value: { preferredLoginName: "BO", method: CONTAINS_IGNORE_CASE } },
      }),
    ).toContain("bob beta");
    expect(
      await seen(root, { filter: { case: "userDisplayName", value: { displayName: "Machine gil", method: EQUALS } } }),
    ).toEqual(["gil gamma", "gil shop"]);
    expect(
      await seen(root, { filter: { case: "or", value: { queries: [role("ORG_OWNER"), role("PROJECT_OWNER")] } } }),
    ).toEqual(["bob beta", "gil shop"]);
    expect(
      await seen(root, users("bob", "gil"), { filter: { case: "not", value: { query: on(onInstance) } } }),
    ).toEqual(["bob beta", "gil gamma", "gil shop"]);
    const since = (method: TimestampFilterMethod): Filter => ({
      filter: { case: "creationDate", value: { timestamp: timestampFromDate(new Date(0)), method } },
    });
    expect(await seen(root, users("bob"), since(TimestampFilterMethod.GREATER))).toEqual(["bob beta", "bob instance"]);
    expect(await seen(root, since(TimestampFilterMethod.LESS_OR_EQUALS))).toEqual([]);
  });

  test("lists are sorted and paged, and show what they are about", async () => {
    const pages: (string | undefined)[] = [];
    const filters: Filter[] = [{ filter: { case: "inUserIdsFilter", value: { ids: ["bob", "gil"] } } }];
    for (const offset of [0n, 2n]) {
      const page = await list(root, {
        filters,
        sortingColumn: AdministratorFieldName.USER_ID,
        pagination: { asc: true, limit: 2, offset },
      });
      expect(page.pagination).toMatchObject({ totalResult: 4n, appliedLimit: 2n });
      pages.push(...page.administrators.map(({ user }) => user?.id));
    }
    expect(pages).toEqual(["bob", "bob", "gil", "gil"]);
    const { administrators } = await list(root, {
      filters: [{ filter: { case: "role", value: { roleKey: "PROJECT_OWNER" } } }],
    });
    expect(administrators).toMatchObject([
      {
        user: { id: "gil", preferredLoginName: "gil", displayName: "Machine gil", organizationId: "gamma" },
        resource: { case: "project", value: { id: "shop", name: "shop", organizationId: "beta" } },
        roles: ["PROJECT_OWNER"],
      },
    ]);
  });

  test("a removed project has no administrators", async () => {
    await give(root, "eve", onProject("bank"), "PROJECT_OWNER");
    await house.run(removeProject, house.as(root), { projectId: "bank" });
    expect(await seen(plainUser("eve", "gamma"))).toEqual([]);
    await expect(give(root, "gil", onProject("bank"), "PROJECT_OWNER")).rejects.toMatchObject({
      code: "project.not_found",
    });
  });
});
