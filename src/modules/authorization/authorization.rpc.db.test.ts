import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  AuthorizationFieldName,
  type AuthorizationsSearchFilterSchema,
  State,
} from "@zitadel/proto/zitadel/authorization/v2beta/authorization_pb.js";
import {
  ActivateAuthorizationRequestSchema,
  type AuthorizationService,
  CreateAuthorizationRequestSchema,
  DeactivateAuthorizationRequestSchema,
  DeleteAuthorizationRequestSchema,
  ListAuthorizationsRequestSchema,
  type ListAuthorizationsResponse,
  UpdateAuthorizationRequestSchema,
} from "@zitadel/proto/zitadel/authorization/v2beta/authorization_service_pb.js";
import { TextFilterMethod } from "@zitadel/proto/zitadel/filter/v2beta/filter_pb.js";
import { beforeAll, expect, test } from "vitest";
import { openDirectory } from "../../../test/harness/directory.ts";
import { anonymous, instanceOwner, orgOwner, plainUser } from "../../../test/harness/given.ts";
import { describeOnBothDatabases, testInstance } from "../../../test/harness/store.ts";
import type { Actor } from "../../kernel/actor.ts";
import { projectId, userId } from "../../kernel/ids.ts";
import type { Call, RpcMethods } from "../../platform/http/rpc.ts";
import { addOrganization } from "../org/add-organization.ts";
import { addProjectRole } from "../project/add-project-role.ts";
import { createProject } from "../project/create-project.ts";
import { deactivateProject } from "../project/deactivate-project.ts";
import { removeProject } from "../project/remove-project.ts";
import { removeProjectRole } from "../project/remove-project-role.ts";
import { addMachineUser } from "../user/add-machine-user.ts";
import { removeUser } from "../user/remove-user.ts";
import { authorizationReader } from "./authorization.queries.ts";
import { authorizationService } from "./authorization.rpc.ts";

type Filter = MessageInitShape<typeof AuthorizationsSearchFilterSchema>["filter"];

describeOnBothDatabases("zitadel.authorization.v2beta", (open) => {
  let house: Awaited<ReturnType<typeof openDirectory>>;
  let rpc: Required<RpcMethods<typeof AuthorizationService>>;
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
  const give = async (user: string, project: string, roleKeys: string[], actor: Actor = root) =>
    String(
      (
        await rpc.createAuthorization(
          create(CreateAuthorizationRequestSchema, { userId: user, projectId: project, roleKeys }),
          callAs(actor),
        )
      ).id,
    );
  const change = (id: string, roleKeys: string[]) =>
    rpc.updateAuthorization(create(UpdateAuthorizationRequestSchema, { id, roleKeys }), callAs(root));
  const list = async (
    actor: Actor,
    init: Omit<MessageInitShape<typeof ListAuthorizationsRequestSchema>, "$typeName"> = {},
  ) =>
    (await rpc.listAuthorizations(
      create(ListAuthorizationsRequestSchema, init),
      callAs(actor),
    )) as ListAuthorizationsResponse;
  const found = async (...filters: NonNullable<Filter>[]) =>
    (await list(root, { filters: filters.map((filter) => ({ filter })), pagination: { asc: true } })).authorizations
      .map(({ user, projectId: project }) => `${user?.id} ${project}`)
      .sort();
  const addRole = (project: string, key: string) =>
    house.run(addProjectRole, house.as(root), { projectId: project, key, displayName: key });
  const rolesOf = (user: string, ...projects: string[]) =>
    authorizationReader({ db: house.db }).grantedRoles(testInstance, userId.parse(user), projects);

  beforeAll(async () => {
    house = await openDirectory(open);
    const { run, db } = house;
    rpc = Object.fromEntries(
      // The map holds exactly the methods that the service declared under these names.
      authorizationService({ run, authorizations: authorizationReader({ db }) }).methods,
    ) as unknown as typeof rpc;
    for (const name of ["beta", "gamma"]) await run(addOrganization, house.as(root), { orgId: name, name });
    for (const [org, project] of [
      ["beta", "shop"],
      ["beta", "bank"],
      ["gamma", "farm"],
    ] as const) {
      await run(createProject, house.as(root), { orgId: org, projectId: project, name: `The ${project}` });
      for (const key of ["admin", "Reader"]) await addRole(project, key);
    }
    for (const [org, user] of [
      ["beta", "bob"],
      ["gamma", "gil"],
    ] as const) {
      await run(addMachineUser, house.as(root), { orgId: org, userId: user, userName: user, name: `Machine ${user}` });
    }
    await give("bob", "shop", ["admin", "Reader"]);
    await give("gil", "shop", ["Reader"], shopOwner);
    await give("bob", "farm", ["admin"]);
  });

  test("one authorization says who has which roles of which project, on which organization", async () => {
    const { authorizations, pagination } = await list(root, {
      filters: [
        { filter: { case: "userId", value: { id: "bob" } } },
        { filter: { case: "projectId", value: { id: "shop" } } },
      ],
    });
    expect(pagination?.totalResult).toBe(1n);
    expect(authorizations).toMatchObject([
      {
        projectId: "shop",
        projectName: "The shop",
        projectOrganizationId: "beta",
        organizationId: "beta",
        state: State.ACTIVE,
        user: { id: "bob", preferredLoginName: "bob", displayName: "Machine bob", organizationId: "beta" },
        roles: ["Reader", "admin"],
      },
    ]);
    await expect(give("bob", "shop", [])).rejects.toMatchObject({ code: "authorization.exists" });
  });

  test("every filter finds what it names, and several must all hold", async () => {
    const all = ["bob farm", "bob shop", "gil shop"];
    const { EQUALS, CONTAINS_IGNORE_CASE, STARTS_WITH } = TextFilterMethod;
    expect(await found()).toEqual(all);
    expect(await found({ case: "organizationId", value: { id: "gamma" } })).toEqual(["bob farm"]);
    expect(await found({ case: "userOrganizationId", value: { id: "gamma" } })).toEqual(["gil shop"]);
    expect(await found({ case: "userId", value: { id: "bob" } })).toEqual(["bob farm", "bob shop"]);
    expect(await found({ case: "projectId", value: { id: "shop" } })).toEqual(["bob shop", "gil shop"]);
    expect(await found({ case: "projectName", value: { name: "FARM", method: CONTAINS_IGNORE_CASE } })).toEqual([
      "bob farm",
    ]);
    expect(await found({ case: "userPreferredLoginName", value: { loginName: "gi", method: STARTS_WITH } })).toEqual([
      "gil shop",
    ]);
    expect(await found({ case: "userDisplayName", value: { displayName: "Machine gil", method: EQUALS } })).toEqual([
      "gil shop",
    ]);
    expect(await found({ case: "roleKey", value: { key: "reader", method: CONTAINS_IGNORE_CASE } })).toEqual([
      "bob shop",
      "gil shop",
    ]);
    expect(await found({ case: "roleKey", value: { key: "reader", method: EQUALS } })).toEqual([]);
    expect(await found({ case: "state", value: { state: State.ACTIVE } })).toEqual(all);
    expect(await found({ case: "state", value: { state: State.INACTIVE } })).toEqual([]);
    expect(await found({ case: "projectGrantId", value: { id: "any" } })).toEqual([]);
    expect(await found({ case: "userId", value: { id: "bob" } }, { case: "projectId", value: { id: "shop" } })).toEqual(
      ["bob shop"],
    );
    const { authorizations } = await list(root);
    const ids = authorizations.slice(0, 2).map(({ id }) => id);
    expect(await found({ case: "authorizationIds", value: { ids } })).toHaveLength(2);
    expect(await found({ case: "authorizationIds", value: { ids: [] } })).toEqual([]);
  });

  test("lists are sorted by each column and paged without losing a row", async () => {
    const sorts = [
      [AuthorizationFieldName.USER_ID, ["bob", "bob", "gil"]],
      [AuthorizationFieldName.USER_ORGANIZATION_ID, ["bob", "bob", "gil"]],
      [AuthorizationFieldName.CREATED_DATE, ["bob", "gil", "bob"]],
    ] as const;
    for (const [sortingColumn, users] of sorts) {
      const pages: string[] = [];
      for (const offset of [0n, 1n, 2n]) {
        const page = await list(root, { sortingColumn, pagination: { asc: true, limit: 1, offset } });
        expect(page.pagination).toMatchObject({ totalResult: 3n, appliedLimit: 1n });
        pages.push(...page.authorizations.map(({ user }) => user?.id ?? ""));
      }
      expect(pages).toEqual(users);
    }
  });

  test("callers see rows of their organizations and projects and their own, and count only those", async () => {
    const seen = async (actor: Actor) => {
      const { authorizations, pagination } = await list(actor);
      expect(Number(pagination?.totalResult)).toBe(authorizations.length);
      return authorizations.map(({ user, projectId: project }) => `${user?.id} ${project}`).sort();
    };
    expect(await seen(orgOwner("beta"))).toEqual(["bob shop", "gil shop"]);
    expect(await seen(orgOwner("gamma"))).toEqual(["bob farm"]);
    expect(await seen(shopOwner)).toEqual(["bob shop", "gil shop"]);
    expect(await seen(plainUser("gil", "gamma"))).toEqual(["gil shop"]);
    expect(await seen(plainUser("nobody", "gamma"))).toEqual([]);
    await expect(list(anonymous)).rejects.toMatchObject({ code: "auth.missing" });
  });

  test("what is switched off or taken away counts nowhere from that moment", async () => {
    const id = await give("gil", "farm", ["admin"]);
    const keys = async () => (await rolesOf("gil", "farm")).map(({ key }) => key);
    expect(await rolesOf("gil", "farm")).toEqual([
      { projectId: "farm", key: "admin", org: { id: "gamma", primaryDomain: "gamma.id.example.com" } },
    ]);
    await rpc.deactivateAuthorization(create(DeactivateAuthorizationRequestSchema, { id }), callAs(root));
    expect(await keys()).toEqual([]);
    expect(await found({ case: "state", value: { state: State.INACTIVE } })).toEqual(["gil farm"]);
    await rpc.activateAuthorization(create(ActivateAuthorizationRequestSchema, { id }), callAs(root));
    await change(id, ["Reader", "admin"]);
    expect(await keys()).toEqual(["Reader", "admin"]);
    await change(id, ["Reader"]);
    expect(await keys()).toEqual(["Reader"]);
    const remove = () => rpc.deleteAuthorization(create(DeleteAuthorizationRequestSchema, { id }), callAs(root));
    expect((await remove()).deletionDate).toBeDefined();
    expect((await remove()).deletionDate).toBeUndefined();
    expect(await keys()).toEqual([]);
    await give("gil", "farm", ["admin"]);
  });

  test("a removed role is gone from all who had it, also when its key is used again", async () => {
    const had = async () => (await rolesOf("bob", "bank")).map(({ key }) => key);
    const id = await give("bob", "bank", ["admin", "Reader"]);
    const listed = async () =>
      (await list(root, { filters: [{ filter: { case: "authorizationIds", value: { ids: [id] } } }] }))
        .authorizations[0]?.roles;
    await house.run(removeProjectRole, house.as(root), { projectId: "bank", key: "admin" });
    expect(await had()).toEqual(["Reader"]);
    await addRole("bank", "admin");
    expect(await had()).toEqual(["Reader"]);
    expect(await listed()).toEqual(["Reader"]);
    expect(await found({ case: "roleKey", value: { key: "admin", method: TextFilterMethod.EQUALS } })).not.toContain(
      "bob bank",
    );
    await change(id, ["admin", "Reader"]);
    expect(await had()).toEqual(["Reader", "admin"]);
  });

  test("an inactive or removed project gives nobody roles, and a removed user has none", async () => {
    await house.run(deactivateProject, house.as(root), { projectId: "bank" });
    expect(await rolesOf("bob", "bank")).toEqual([]);
    await house.run(removeProject, house.as(root), { projectId: "bank" });
    expect(await found({ case: "projectId", value: { id: "bank" } })).toEqual([]);
    await house.run(removeUser, house.as(root), { userId: "gil" });
    expect(await found({ case: "userId", value: { id: "gil" } })).toEqual([]);
  });
});
